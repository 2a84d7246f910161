"""Spans that count words: what GLiNER, DyGIE++ and SpERT are trained on."""

from itertools import accumulate
from typing import Any, Iterator, List, Optional, Tuple

from .annotated import Annotated, Mark, get_span, get_text, shorten
from .base import Format, formats, get_keys
from .shapes import count_unread
from .tokens import are_words, is_list

# words, and the first word, the last one + 1 and the label of each span
Spans = Tuple[List[str], List[Tuple[Any, Any, Any]]]


@formats("token_spans")
class TokenSpansFormat(Format):
    rank = 9
    priority = 6

    def recognizes(self, record: Any) -> bool:
        return find_spans(record) is not None

    def parse(self, record: Any) -> Annotated:
        """Parse words and spans of them. The text is the words, with spaces between
        them."""
        found = find_spans(record)
        if found is None:
            raise ValueError(
                'expected "tokenized_text" and "ner", "sentences" and "ner", or '
                f'"tokens" and "entities", found: {shorten(record)}'
            )
        words, spans = found
        text = get_text({"text": " ".join(words)})
        ends = [i - 1 for i in accumulate(len(word) + 1 for word in words)]
        annotated = Annotated(text, entities=[])
        for start, end, label in spans:
            is_number = type(start) is int and type(end) is int
            if is_number and 0 <= start < end <= len(words):
                place = ends[start] - len(words[start]), ends[end - 1]
                span = get_span(text, (*place, label))
            else:
                problem = f"has no words from {start!r} to {end!r}, it has {len(words)}"
                shown = label if isinstance(label, str) else ""
                span = Mark(0, 0, shown, problem=problem)
            annotated.entities = [*(annotated.entities or []), span]
        annotated.unread.update(count_unread(record))
        return annotated


def find_spans(record: Any) -> Optional[Spans]:
    """Find the words of a record and spans of them. None if it has none."""
    keys = get_keys(record)
    if {"tokenized_text", "ner"} <= keys and are_words(record["tokenized_text"]):
        return record["tokenized_text"], [*read_lists(record["ner"])]
    if {"sentences", "ner"} <= keys and are_sentences(record["sentences"]):
        words = [word for sentence in record["sentences"] for word in sentence]
        groups = record["ner"] if isinstance(record["ner"], list) else []
        return words, [span for group in groups for span in read_lists(group)]
    if {"tokens", "entities"} <= keys and are_words(record["tokens"]):
        items = record["entities"]
        is_list = isinstance(items, list) and (items or "relations" in keys)
        if is_list and all({"type", "start", "end"} <= get_keys(x) for x in items):
            return record["tokens"], [(x["start"], x["end"], x["type"]) for x in items]
    return None


def read_lists(items: Any) -> Iterator[Tuple[Any, Any, Any]]:
    """Read spans that are lists of first word, last word and label."""
    for item in items if isinstance(items, list) else ():
        values = [*item] if is_list(item) else []
        start, end, label, *_ = [*values, None, None, None]
        yield start, end + 1 if type(end) is int else end, label


def are_sentences(value: Any) -> bool:
    return is_list(value) and bool(value) and all(map(are_words, value))
