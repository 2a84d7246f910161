"""Find regular expressions that can take forever.

Where a regular expression fails, Python tries all ways to match the words before. If
two repetitions can take the same character there are many ways, and if one is inside
of the other, their number doubles with each character. Here the ways are counted for
each character, in bits, along the parsed expression.
"""

import math
import re
import warnings
from typing import Any, Iterable, Iterator, List, NamedTuple

from .ambiguity import MAX_STEPS, REPEATS, TooLarge, get_inner, is_ambiguous
from .characters import SAMPLE, constants, find_chars, matches, parser

MAX_LENGTH = 10_000  # of an expression, in characters
MAX_BITS = 20.0
# of a repetition without end: most tokens are shorter than 64 characters
UNBOUNDED_BITS = 6.0
MAX_COPIES = 100


def check_regex(regex: str) -> None:
    """Check that a regular expression does not take forever. One that is not valid is
    left to spaCy.

    regex (str): The regular expression.
    RAISES (ValueError): If it can.
    """
    if len(regex) > MAX_LENGTH:
        raise ValueError(
            f"the regular expression has {len(regex):,} characters, at most "
            f"{MAX_LENGTH:,} are allowed: '{regex[:40]}...'"
        )
    try:
        parsed = parse(regex)
        if parsed is not None:
            check_repetition(regex, parsed)
    except RecursionError:
        raise ValueError("the regular expression is nested too deeply") from None
    except TooLarge:
        raise ValueError(
            f"the regular expression '{regex[:40]}...' is too large: it has "
            "repetitions of too many parts. Make several of it, or use a list of words "
            "(IN)."
        ) from None


def parse(regex: str) -> Any:
    """Parse a regular expression; None if it is not valid."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parser.parse(regex)
    except (re.error, OverflowError):
        return None


def check_repetition(regex: str, parsed: Any) -> None:
    names = list(find_names(parsed))
    if not {*REPEATS}.intersection(names):
        return
    chars = sorted({*SAMPLE, *find_chars(parsed)})
    if len(chars) * len(names) > MAX_STEPS:
        raise TooLarge
    for char in chars:
        if weigh_all(parsed, ord(char)).most > MAX_BITS:
            raise ValueError(
                f"the regular expression '{regex}' can take forever: there are too "
                f"many ways to match a text like {8 * char!r}. Leave out repetition "
                "in repetition, as in (a+)+, or repetitions in a row that match the "
                "same characters."
            )
    if is_ambiguous(parsed, parsed.state.flags):
        raise ValueError(
            f"the regular expression '{regex}' can take forever: a repetition in it "
            "can match the same text in more and more ways, as (a|ab|b)* does. Leave "
            "out the alternatives that others make up for."
        )


def find_names(parts: Any) -> Iterator[str]:
    """Find the names of all parts of an expression."""
    for op, value in parts:
        yield str(op)
        for inner, _ in get_inner(op, value, 0):
            yield from find_names(inner)


class Weight(NamedTuple):
    """In how many ways a part of an expression matches some number of one character, in
    bits.

    first (float): Up to the first other character that it needs.
    last (float): After the last one.
    most (float): Between any two.
    is_broken (bool): Whether it needs another character.
    can_match (bool): Whether it matches the character anywhere.
    """

    first: float = 0.0
    last: float = 0.0
    most: float = 0.0
    is_broken: bool = False
    can_match: bool = False


def weigh_all(parts: Iterable[Any], char: int) -> Weight:
    """Weigh parts that follow each other."""
    weight = Weight()
    for part in parts:
        weight = join(weight, weigh(part, char))
    return weight


def join(one: Weight, two: Weight) -> Weight:
    return Weight(
        one.first if one.is_broken else one.first + two.first,
        two.last if two.is_broken else two.last + one.last,
        max(one.most, two.most, one.last + two.first),
        one.is_broken or two.is_broken,
        one.can_match or two.can_match,
    )


def weigh(part: Any, char: int) -> Weight:
    op, value = part
    name = str(op)
    if name in REPEATS:
        return weigh_repeat(value, char)
    if op is constants.SUBPATTERN:
        return weigh_all(value[-1], char)
    if name == "ATOMIC_GROUP":
        return weigh_all(value, char)
    if op is constants.BRANCH:
        return weigh_branch([weigh_all(branch, char) for branch in value[1]])
    if op in (constants.ASSERT, constants.ASSERT_NOT):
        # looks at the same text by itself
        return Weight(most=weigh_all(value[1], char).most)
    if op is constants.GROUPREF:
        return Weight(UNBOUNDED_BITS, UNBOUNDED_BITS, UNBOUNDED_BITS, False, True)
    if op is constants.GROUPREF_EXISTS:
        branches = [branch for branch in value[1:] if branch is not None]
        return weigh_branch([weigh_all(branch, char) for branch in branches])
    if op is constants.AT:
        return Weight()
    is_match = matches(part, char)
    return Weight(is_broken=not is_match, can_match=is_match)


def weigh_branch(branches: List[Weight]) -> Weight:
    own = [branch for branch in branches if not branch.is_broken]
    bits = math.log2(len(own)) if own else 0.0
    return Weight(
        max((b.first for b in branches), default=0.0) + bits,
        max((b.last for b in branches), default=0.0) + bits,
        max((b.most for b in branches), default=0.0) + bits,
        all(b.is_broken for b in branches),
        any(b.can_match for b in branches),
    )


def weigh_repeat(value: Any, char: int) -> Weight:
    least, most, body = value
    weight = weigh_all(body, char)
    is_unbounded = most is constants.MAXREPEAT
    if not weight.can_match:
        return weight._replace(is_broken=weight.is_broken and least > 0)
    if not weight.is_broken and weight.most and (is_unbounded or most > MAX_COPIES):
        return Weight(math.inf, math.inf, math.inf, False, True)
    own = 0.0
    if not weight.is_broken:
        own = UNBOUNDED_BITS if is_unbounded else math.log2(int(most) - least + 1)
    repeated = weight
    for _ in range(min(int(most), MAX_COPIES) - 1):
        repeated = join(repeated, weight)
        if weight.is_broken or not weight.most:
            break
    return Weight(
        repeated.first + own,
        repeated.last + own,
        repeated.most + own,
        repeated.is_broken and least > 0,
        True,
    )
