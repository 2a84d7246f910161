"""How findings show places and count, and how they compare texts."""

import re
from collections import Counter
from itertools import chain
from typing import Any, Collection, FrozenSet, Tuple

from spacy.tokens import Doc

from ..readers.gold import GoldText

WINDOW = 30
Trigram = Tuple[str, ...]


def show_span(text: GoldText, start: int, end: int) -> str:
    """Show a span in its context, with the place: "[Paris] in Arkansas (a, line 3)"."""
    content = text.text
    left, right = max(0, start - WINDOW), min(len(content), end + WINDOW)
    shown = (
        f"{'...' if left else ''}{content[left:start]}[{content[start:end]}]"
        f"{content[end:right]}{'...' if right < len(content) else ''}"
    )
    return f"{' '.join(shown.split())} ({text.place})"


def count(found: Collection[Any], noun: str, plural: str = "") -> str:
    return f"{len(found)} {noun if len(found) == 1 else plural or noun + 's'}"


def get_trigrams(doc: Doc) -> FrozenSet[Trigram]:
    """Get the word trigrams of a text, numbers and punctuation left out."""
    # the tokenizer tells words apart where no white space does
    found = (re.findall(r"[^\W\d_]+", token.lower_) for token in doc)
    words = [*chain.from_iterable(found)]
    return frozenset(zip(words, words[1:], words[2:]))


def get_context(doc: Doc, start: int, end: int, *, size: int = 4) -> Counter[str]:
    """Get the words around a span, without stop words and punctuation."""
    span = doc.char_span(start, end, alignment_mode="expand")
    if span is None:
        return Counter()
    around = [
        *doc[max(0, span.start - size) : span.start],
        *doc[span.end : span.end + size],
    ]
    return Counter(t.lower_ for t in around if t.is_alpha and not t.is_stop)


def get_head(label: str) -> str:
    """Get the last word of a label: SHOES of ADULT_SHOES."""
    return re.split(r"\W|_", label.upper())[-1]


def normalize(text: str) -> str:
    """Leave out what makes no difference: upper case and the amount of white space."""
    return " ".join(text.lower().split())
