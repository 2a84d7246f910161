"""Keep regular expressions from tokens that are too long for them.

An expression that can't take forever can still take time that grows with a power of the
length of the token, which may be a link or a picture in base64.
"""

import math
import re
from typing import Any, Iterable

from .ambiguity import MIN_REPEATS, REPEATS, get_inner
from .characters import constants
from .regexes import parse

MAX_STEPS = 10**8
LEADING_FLAGS = re.compile(r"(\(\?[aiLmsux]+\))*")


def guard_regexes(value: Any) -> Any:
    """Guard the regular expressions in a pattern.

    value (Any): The pattern, or a part of it.
    RETURNS (Any): The same, with expressions that match no token longer than
        `get_max_length` says.
    """
    if isinstance(value, list):
        return [guard_regexes(inner) for inner in value]
    if isinstance(value, dict):
        return {
            key: guard_strings(inner)
            if str(key).upper() == "REGEX"
            else guard_regexes(inner)
            for key, inner in value.items()
        }
    return value


def guard_strings(value: Any) -> Any:
    if isinstance(value, str):
        return guard_regex(value)
    if isinstance(value, list):
        return [guard_strings(inner) for inner in value]
    if isinstance(value, dict):
        return {key: guard_strings(inner) for key, inner in value.items()}
    return value


def guard_regex(regex: str) -> str:
    """Make a regular expression that finds the same in texts that are not too long, and
    nothing in others."""
    parsed = parse(regex)
    degree = 0 if parsed is None else count_degree(parsed)
    if not degree:
        return regex
    flags = LEADING_FLAGS.match(regex)
    start = flags.end() if flags else 0
    # a comment at the end of a verbose expression would take the bracket
    end = "\n)" if parsed.state.flags & re.VERBOSE else ")"
    guard = rf"\A(?![\s\S]{{{get_max_length(degree) + 1}}})[\s\S]*?(?:"
    guarded = regex[:start] + guard + regex[start:] + end
    return guarded if parse(guarded) is not None else regex


def get_max_length(degree: int) -> int:
    """Get the length of the longest token that an expression is tried on.

    degree (int): How many repetitions the expression has in a row.
    RETURNS (int): The number of characters for which MAX_STEPS steps are enough.
    """
    n = degree + 1  # the expression is tried from each character
    return int((MAX_STEPS * math.factorial(n)) ** (1 / n))


def count_degree(parts: Iterable[Any]) -> int:
    """Count the repetitions that follow each other in an expression."""
    degree = 0
    for op, value in parts:
        inner = [count_degree(part) for part, _ in get_inner(op, value, 0)]
        highest = max(inner, default=0)
        if str(op) in REPEATS:
            is_long = value[1] is constants.MAXREPEAT or value[1] > MIN_REPEATS
            highest = highest + 1 if is_long else highest * value[1]
        elif op is constants.GROUPREF:
            highest = 1
        degree += highest
    return degree
