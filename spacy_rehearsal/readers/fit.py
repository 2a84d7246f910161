"""How entities and spans of gold fit the tokens of the pipeline in training."""

from collections import Counter
from typing import Any, Dict, List, Tuple

from spacy.tokens import Doc, Span
from spacy.training import Example

from ..kinds.base import Kind
from .formats.annotated import shorten

N_SHOWN = 10
PLACES = {"doc.ents", "doc.spans"}


class Fit:
    """What of the gold does not fit the tokens. spaCy learns nothing from it, and says
    nothing.

    ATTRIBUTES:
    unaligned (Dict[str, Counter[str]]): By component and label, how many entities or
        spans are no whole tokens of the pipeline's.
    trimmed (Dict[str, Counter[str]]): By component and label, how many lost white space
        at their ends.
    shown (List[str]): The first of both.
    n_texts (int): How many texts there are.
    open (Counter[str]): By component, how many of them are not annotated, not even with
        the word that there is nothing.
    """

    def __init__(self) -> None:
        self.unaligned: Dict[str, Counter[str]] = {}
        self.trimmed: Dict[str, Counter[str]] = {}
        self.shown: List[str] = []
        self.n_texts = 0
        self.open: Counter[str] = Counter()

    def add(self, example: Example, kinds: Dict[str, Tuple[Kind, Any]]) -> Example:
        """Look at an example, and cut white space off its entities.

        example (Example): The example. It is not changed.
        kinds (Dict[str, Tuple[Kind, Pipe]]): By name of each component, what it is, and
            itself.
        RETURNS (Example): The example, or one with entities that can be learned.
        """
        self.n_texts += 1
        for name, (kind, pipe) in kinds.items():
            self.open[name] += is_open(kind, pipe, example.reference)
            if not PLACES.intersection(kind.places):
                continue
            if "doc.ents" in kind.places:
                example = self._trim(name, example)
            if example.predicted.text != example.reference.text:
                continue
            for start, end, label, *_ in kind.get_annotations(pipe, example.reference):
                if example.predicted.char_span(start, end) is None:
                    what = "not made of whole tokens"
                    self._note(self.unaligned, name, label, example, start, end, what)
        return example

    def _trim(self, name: str, example: Example) -> Example:
        ents = example.reference.ents
        if not any(ent[0].is_space or ent[-1].is_space for ent in ents):
            return example
        doc = example.reference.copy()
        trimmed, spaces = [], []
        for ent in doc.ents:
            start, end = find_words(ent)
            if (start, end) != (ent.start, ent.end):
                what = "white space" if start == end else "with white space at its ends"
                offsets = ent.start_char, ent.end_char
                self._note(self.trimmed, name, ent.label_, example, *offsets, what)
                spaces += [doc[ent.start : start], doc[end : ent.end]]
            if start < end:
                trimmed.append(
                    Span(doc, start, end, ent.label, kb_id=ent.kb_id, span_id=ent.id)
                )
        outside = [span for span in spaces if len(span)]
        doc.set_ents(trimmed, outside=outside, default="unmodified")
        return Example(example.predicted, doc)

    def _note(
        self,
        counts: Dict[str, Counter[str]],
        name: str,
        label: str,
        example: Example,
        start: int,
        end: int,
        what: str,
    ) -> None:
        counts.setdefault(name, Counter())[label] += 1
        if len(self.shown) < N_SHOWN:
            text = example.reference.text
            self.shown.append(
                f"{label} {text[start:end]!r} is {what} in: {shorten(text)}"
            )


def is_open(kind: Kind, pipe: Any, doc: Doc) -> bool:
    """Tell whether nothing is known of a text: neither annotation, nor that there is
    none, nor what would be wrong."""
    text = doc.text
    missing = sum(count_letters(text[i:j]) for i, j in kind.get_missing(pipe, doc))
    return 0 < count_letters(text) <= missing and not doc.spans


def count_letters(text: str) -> int:
    """Count the characters that are no white space."""
    return sum(map(len, text.split()))


def find_words(span: Span) -> Tuple[int, int]:
    """Find the first and the last token of a span, without white space at its ends.

    span (Span): The span.
    RETURNS (Tuple[int, int]): Start and end in the doc, the same if there is none.
    """
    words = [token.i for token in span if not token.is_space]
    return (words[0], words[-1] + 1) if words else (span.end, span.end)
