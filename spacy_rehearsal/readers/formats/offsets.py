"""Where the spans of a file are in their texts."""

import re
from bisect import bisect_left
from functools import lru_cache
from typing import List, Optional, Sequence, Tuple

from .annotated import CharSpan, shorten

NOWHERE = "no part of the text"
OTHER_TEXT = "other text there"
MALFORMED = "not start, end and label"
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


class SpanError(ValueError):
    """A span has no place in its text.

    reason (str): Why, in a word or two.
    """

    def __init__(self, problem: str, reason: str) -> None:
        super().__init__(problem)
        self.reason = reason


@lru_cache(maxsize=2)  # the spans of a text are looked up one after the other
def find_astral(text: str) -> Sequence[int]:
    """Find the characters that UTF-16 has two units for, as most emoji are.

    text (str): The text.
    RETURNS (Sequence[int]): Where they begin, in units of UTF-16.
    """
    if text.isascii():
        return ()
    found = (i for i, char in enumerate(text) if char > "\uffff")
    return [i + n for n, i in enumerate(found)]


def from_utf16(astral: Sequence[int], offset: int) -> Optional[int]:
    """Convert an offset that counts the units of UTF-16, as JavaScript does.

    astral (Sequence[int]): What `find_astral` has found.
    offset (int): The offset.
    RETURNS (Optional[int]): The offset in characters. None if it is in the middle of
        one.
    """
    n_before = bisect_left(astral, offset)
    if n_before and astral[n_before - 1] + 1 == offset:
        return None
    return offset - n_before


def convert(astral: Sequence[int], start: int, end: int) -> Optional[Tuple[int, int]]:
    """Convert the offsets of a span. See `from_utf16`."""
    first, last = from_utf16(astral, start), from_utf16(astral, end)
    return None if first is None or last is None else (first, last)


def place_span(
    text: str, span: CharSpan, *, is_utf16: bool = False
) -> Tuple[CharSpan, bool]:
    """Look a span up in its text, and leave out the white space at its ends.

    Where the tool says what was marked, the nearest place with these words is taken if
    other ones stand at the offsets. White space may differ, and whole words be marked
    where the annotator has marked parts.

    text (str): The text.
    span (CharSpan): The span, a `Mark` or a plain one.
    is_utf16 (bool): Whether the offsets of the file count an emoji as two.
    RETURNS (Tuple[CharSpan, bool]): The span, and whether it was moved. A span of
        nothing but white space stays as it is.
    RAISES (SpanError): If it is nowhere.
    """
    problem: str = getattr(span, "problem", "")
    if problem:
        raise SpanError(problem, MALFORMED)
    start, end, label = span
    surface = getattr(span, "surface", "").replace("\\n", " ").strip()
    astral = find_astral(text)
    readings: List[Optional[Tuple[int, int]]] = [(start, end)]
    if astral and (surface or is_utf16):
        readings.insert(0 if is_utf16 else 1, convert(astral, start, end))
    found = [r for r in readings if r and 0 <= r[0] < r[1] <= len(text)]
    if surface:
        found += [(start, end + 1)] * (0 <= start <= end < len(text))
        same = (r for r in found if is_same(text[slice(*r)], surface))
        best = next(same, None)
        if best is None and found and is_widened(text, found[0], surface):
            best = found[0]
        if best is not None:
            return strip(text, (*best, label)), False
        nearest = find_nearest(text, surface, (found or [(start, end)])[0][0])
        if nearest is None:
            there = f"'{shorten(text[slice(*found[0])])}'" if found else "nothing"
            raise SpanError(
                f"[{start}, {end}] is {there}, but was annotated as {label} "
                f"'{shorten(surface)}': the offsets are those of another text",
                OTHER_TEXT,
            )
        return strip(text, (*nearest, label)), True
    if not found or found[0] != readings[0]:
        raise SpanError(
            f"[{start}, {end}, {label}] is no part of a text of {len(text)} "
            f"characters: {shorten(text)}",
            NOWHERE,
        )
    return strip(text, (*found[0], label)), False


def is_same(text: str, surface: str) -> bool:
    """Tell whether a text is what was marked, save for white space and case."""
    return squeeze(text).casefold() == squeeze(surface).casefold()


def squeeze(text: str) -> str:
    return "".join(text.split())


def is_widened(text: str, place: Tuple[int, int], surface: str) -> bool:
    """Tell whether a place is a surface with the rest of its first and last word."""
    match = search(surface).search(text[slice(*place)])
    if match is None:
        return False
    start, end = place[0] + match.start(), place[0] + match.end()
    return not any(map(str.isspace, text[place[0] : start] + text[end : place[1]]))


def search(surface: str) -> "re.Pattern[str]":
    """Make a pattern for some words, with whatever white space between them. The
    browser shows "&amp;" of a text as "&"."""
    escaped = (re.escape(word) for word in surface.split())
    pattern = r"\s+".join(escaped)
    for char, name in ESCAPES.items():
        pattern = pattern.replace(re.escape(char), f"(?:{re.escape(char)}|{name})")
    return re.compile(pattern)


def find_nearest(text: str, surface: str, start: int) -> Optional[Tuple[int, int]]:
    """Find the nearest place with some words, whole ones if there are.

    RETURNS (Optional[Tuple[int, int]]): Start and end. None if they are nowhere, or in
        two places that are as near.
    """
    places = [match.span() for match in search(surface).finditer(text)]
    places = [place for place in places if is_aligned(text, *place)] or places
    places.sort(key=lambda place: abs(place[0] - start))
    distances = [abs(place[0] - start) for place in places[:2]]
    return None if not places or distances[1:] == distances[:1] else places[0]


def is_aligned(text: str, start: int, end: int, surface: str = "") -> bool:
    """Tell whether a span looks like one: it is what was marked, if that is known, or
    else neither begins nor ends in the middle of a word or with white space."""
    if not 0 <= start < end <= len(text):
        return False
    if surface:
        return squeeze(text[start:end]) == squeeze(surface)
    if text[start].isspace() or text[end - 1].isspace():
        return False
    borders = (i for i in (start, end) if 0 < i < len(text))
    return not any(text[i - 1].isalnum() and text[i].isalnum() for i in borders)


def strip(text: str, span: CharSpan) -> CharSpan:
    start, end, label = span
    surface = text[start:end]
    if surface.strip():
        start += len(surface) - len(surface.lstrip())
        end -= len(surface) - len(surface.rstrip())
    return start, end, label
