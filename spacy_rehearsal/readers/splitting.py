"""Split long texts where they have borders of their own."""

import re
from typing import Callable, Iterator, List

SENTENCE = r"(?<=[.!?\u2026])\s|(?<=[\u3002\uff01\uff1f])"  # Latin and Chinese
# from the strongest border to the weakest: paragraphs, lines, sentences, words
BORDERS = [
    re.compile(pattern) for pattern in (r"(?<=\n)\s*\n", r"(?<=\n)", SENTENCE, r"\s")
]
# words of more characters are rare enough not to count what is this long
MAX_CHARACTERS = 20


def split_text(
    text: str, longest: int, count_words: Callable[[str], int], *, level: int = 0
) -> Iterator[str]:
    """Split a text into parts that are not too long, of whole paragraphs where that is
    possible, or of lines, sentences or words.

    text (str): The text.
    longest (int): The most words that a part has.
    count_words (Callable[[str], int]): Counts the words of a text.
    level (int): Which borders to look for: an index of `BORDERS`.
    YIELDS (str): The parts, without white space around them. A text that has no border
        is left out.
    """
    parts: List[str] = []
    n_words = 0
    for unit in find_units(text, level):
        is_long = len(unit) > MAX_CHARACTERS * longest
        n = longest + 1 if is_long else count_words(unit)
        if n_words and n_words + n > longest:
            yield "".join(parts).strip()
            parts, n_words = [], 0
        if n <= longest:
            parts.append(unit)
            n_words += n
        elif level + 1 < len(BORDERS):
            yield from split_text(unit, longest, count_words, level=level + 1)
    if n_words:
        yield "".join(parts).strip()


def find_units(text: str, level: int) -> Iterator[str]:
    """Find what is between the borders of a level, white space behind it included."""
    start = 0
    for border in BORDERS[level].finditer(text):
        if border.end() > start:
            yield text[start : border.end()]
            start = border.end()
    if start < len(text):
        yield text[start:]
