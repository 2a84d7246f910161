"""Find regular expressions that can take forever.

Where a regular expression fails, Python tries all ways to match the words before. If
two repetitions can take the same character there are many ways, and if one is inside
of the other, their number doubles with each character. Here the ways are counted for
each character, in bits, along the parsed expression.
"""

import math
import re
import sys
import warnings
from importlib import import_module
from typing import Any, Iterable, List, NamedTuple, Optional, Set

# the parser of Python's own regular expressions
PREFIX = "re._" if sys.version_info >= (3, 11) else "sre_"
constants: Any = import_module(f"{PREFIX}constants")
parser: Any = import_module(f"{PREFIX}{'parser' if PREFIX == 're._' else 'parse'}")

MAX_LENGTH = 10_000  # of an expression, in characters
MAX_BITS = 20.0
# of a repetition without end: most tokens are shorter than 64 characters
UNBOUNDED_BITS = 6.0
MAX_COPIES = 100
# characters of all classes, beside those of the expression
SAMPLE = "aA0_ -.\n\u00e9"
CATEGORIES = {
    constants.CATEGORY_DIGIT: r"\d",
    constants.CATEGORY_NOT_DIGIT: r"\D",
    constants.CATEGORY_SPACE: r"\s",
    constants.CATEGORY_NOT_SPACE: r"\S",
    constants.CATEGORY_WORD: r"\w",
    constants.CATEGORY_NOT_WORD: r"\W",
}


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = parser.parse(regex)
    except (re.error, OverflowError):
        return
    except RecursionError:
        raise ValueError("the regular expression is nested too deeply") from None
    for char in sorted({*SAMPLE, *find_chars(parsed)}):
        if weigh_all(parsed, ord(char)).most > MAX_BITS:
            raise ValueError(
                f"the regular expression '{regex}' can take forever: there are too "
                f"many ways to match a text like {8 * char!r}. Leave out repetition "
                "in repetition, as in (a+)+, or repetitions in a row that match the "
                "same characters."
            )


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
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
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


def matches(part: Any, char: int) -> bool:
    """Tell whether a part that takes one character takes this one."""
    op, value = part
    if op is constants.LITERAL:
        return bool(char == value)
    if op is constants.NOT_LITERAL:
        return bool(char != value)
    if op is constants.RANGE:
        return bool(value[0] <= char <= value[1])
    if op is constants.CATEGORY:
        return bool(re.match(CATEGORIES[value], chr(char)))
    if op is constants.IN:
        is_negated = value[0][0] is constants.NEGATE
        items = value[1:] if is_negated else value
        return any(matches(item, char) for item in items) != is_negated
    return True  # any character, and what is not known


def find_chars(parts: Any) -> Set[str]:
    """Find the characters that an expression names, those at both ends of ranges."""
    found: Set[str] = set()
    for item in parts:
        number = get_char(item)
        if number is not None:
            found.add(chr(number))
        elif isinstance(item, (list, tuple, parser.SubPattern)):
            found |= find_chars(item)
    return found


def get_char(item: Any) -> Optional[int]:
    if isinstance(item, tuple) and len(item) == 2:
        op, value = item
        if op in (constants.LITERAL, constants.NOT_LITERAL):
            return int(value)
        if op is constants.RANGE:
            return int(value[0])
    return None
