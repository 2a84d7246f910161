"""Which characters the parts of a parsed regular expression take."""

import re
import sys
from importlib import import_module
from typing import Any, Optional, Set

# the parser of Python's own regular expressions
PREFIX = "re._" if sys.version_info >= (3, 11) else "sre_"
constants: Any = import_module(f"{PREFIX}constants")
parser: Any = import_module(f"{PREFIX}{'parser' if PREFIX == 're._' else 'parse'}")

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
    return op is not constants.ANY or char != ord("\n")  # true for what is not known


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
