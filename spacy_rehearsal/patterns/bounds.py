"""Refuse patterns that would take forever, or all memory, when they are read."""

import re
from typing import Any, Dict, Iterator, List, NamedTuple

from .regexes import check_regex

MAX_TOKENS = 1000
MAX_NODES = 50
# tokens of patterns that are tried at each word of a text, all patterns together
MAX_EVERYWHERE = 5000
MAX_LIST = 500  # Python keeps 512 regular expressions
UNBOUNDED = 10**9
SIMPLE = {
    "1": (1, 1),
    "!": (1, 1),
    "?": (0, 1),
    "+": (1, UNBOUNDED),
    "*": (0, UNBOUNDED),
}
PLAIN = frozenset({"ORTH", "TEXT", "LOWER", "LEMMA", "NORM"})
COUNTS = re.compile(r"\{(\d*)(,?)(\d*)\}")


class Repetition(NamedTuple):
    """How often a token of a pattern may be there.

    least (int): The least number; 0 for one that may not be there.
    most (int): The highest number, or UNBOUNDED.
    """

    least: int
    most: int


def get_repetition(token: Dict[str, Any]) -> Repetition:
    """Read the operator of a token.

    token (Dict[str, Any]): The token of a pattern for Matcher.
    RETURNS (Repetition): How often it may be there. A negated one stands for a word.
    RAISES (ValueError): If there is no such operator.
    """
    op = get_op(token)
    if not isinstance(op, str):
        raise ValueError(f"there is no operator {op!r}")
    if op in SIMPLE:
        return Repetition(*SIMPLE[op])
    counts = COUNTS.fullmatch(op)
    if not counts or not (counts[1] or counts[3]):
        raise ValueError(f"there is no operator {op!r}")
    least = int(counts[1] or 0)
    if not counts[2]:
        return Repetition(least, least)
    return Repetition(least, int(counts[3]) if counts[3] else UNBOUNDED)


def get_op(token: Dict[str, Any]) -> Any:
    return token.get("OP", token.get("op", "1"))


def check_bounds(pattern: List[Dict[str, Any]]) -> None:
    """Check that a pattern does not take forever. It can be checked before spaCy sees
    it, which makes as many tokens as an operator says.

    pattern (List[Dict[str, Any]]): A pattern for Matcher or DependencyMatcher.
    RAISES (ValueError): If it is no pattern, is too long, or has a regular expression
        that can take forever.
    """
    n_tokens = 0
    for token in pattern:
        if not isinstance(token, dict):
            raise ValueError(f"expected the object of a token, found {token!r}")
        least, most = get_repetition(token)
        n_tokens += least if most == UNBOUNDED else most
        if n_tokens > MAX_TOKENS:
            raise ValueError(
                f"can be more than {MAX_TOKENS:,} tokens long, with the operator "
                f"'{get_op(token)}'. Use '*' or '+' where the number does not matter."
            )
    check_lists(pattern)
    for regex in find_regexes(pattern):
        check_regex(regex)


def check_nodes(pattern: List[Dict[str, Any]]) -> None:
    """Check that a dependency pattern has not too many nodes, each of which is one
    token.

    pattern (List[Dict[str, Any]]): A pattern for DependencyMatcher.
    RAISES (ValueError): If it is too large.
    """
    if len(pattern) > MAX_NODES:
        raise ValueError(
            f"has {len(pattern):,} nodes, at most {MAX_NODES} are allowed. Make "
            "several patterns of it."
        )
    for node in pattern:
        attrs = node.get("RIGHT_ATTRS")
        if not isinstance(node.get("RIGHT_ID"), str) or not isinstance(attrs, dict):
            raise ValueError(
                f"a node has a RIGHT_ID and an object of RIGHT_ATTRS, found {node!r}"
            )
        op = get_op(attrs)
        if op not in ("1", "!"):
            raise ValueError(f"a node is one token, and takes no operator {op!r}")


class Load:
    """What all patterns of a file or a component cost together at each word of a text.
    Those that can't match without a certain word cost nothing where it is not."""

    def __init__(self) -> None:
        self.n_everywhere = 0

    def add(self, n_tokens: int) -> None:
        """Add a pattern that is tried at each word.

        n_tokens (int): How many tokens or nodes it has.
        RAISES (ValueError): If that is too much.
        """
        self.n_everywhere += n_tokens
        if self.n_everywhere > MAX_EVERYWHERE:
            raise ValueError(
                "all patterns up to here that are tried at each word of a text have "
                f"more than {MAX_EVERYWHERE:,} tokens together, which is what is "
                "allowed. These are dependency patterns, and those without a word "
                "(LOWER, ORTH, LEMMA or NORM, with IN for several) that has to be "
                "there."
            )


def is_plain(pattern: List[Dict[str, Any]]) -> bool:
    """Tell whether a pattern has nothing but words, so that there is nothing to check
    of it."""
    return len(pattern) <= MAX_TOKENS and all(
        bool(token)
        and all(
            key in PLAIN and isinstance(value, str) and value.isprintable()
            for key, value in token.items()
        )
        for token in pattern
    )


def check_lists(value: Any) -> None:
    """Check that no list of words or expressions that are tried one by one is long."""
    if isinstance(value, list):
        for inner in value:
            check_lists(inner)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if re.match("REGEX|FUZZY", str(key).upper()) and isinstance(inner, dict):
            lists = (e for e in inner.values() if isinstance(e, list))
            n_entries = max(map(len, lists), default=0)
            if n_entries > MAX_LIST:
                raise ValueError(
                    f"{key} has a list of {n_entries:,}, at most {MAX_LIST} are "
                    "allowed, since they are tried one by one."
                )
        check_lists(inner)


def find_regexes(value: Any) -> Iterator[str]:
    """Find the regular expressions in a pattern, those in extension attributes too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if str(key).upper() == "REGEX":
                yield from find_strings(inner)
            else:
                yield from find_regexes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from find_regexes(inner)


def find_strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from find_strings(inner)
