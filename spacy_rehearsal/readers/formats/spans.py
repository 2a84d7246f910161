"""Records of a text and its spans, under the names that other tools give to them."""

from typing import Any

from .annotated import Annotated, get_text
from .base import Format, formats, get_keys
from .shapes import (
    END_KEYS,
    LABEL_KEYS,
    START_KEYS,
    count_unread,
    find_text_key,
    read_spans,
)
from .simple import parse_cats

# in a record of UBIAI the "tokens" are the entities
SPAN_KEYS = (
    *("entities", "annotations", "annotation", "spans", "labels", "ents", "ner"),
    *("entity", "label", "tokens"),
)


@formats("spans")
class SpansFormat(Format):
    """LightTag, UBIAI, Argilla, Rasa, brat, and records that are written by hand.

    ATTRIBUTES:
    keys (Tuple[str, str]): The keys of the text and of the spans, once a record has
        shown which they are.
    """

    rank = 6
    priority = -1

    def __init__(self) -> None:
        self.keys = ("", "")

    def recognizes(self, record: Any) -> bool:
        if not find_text_key(record):
            return False
        return bool(find_span_key(record)) or any(
            is_annotation(key, record.get(key, ())) for key in ("cats", "annotation")
        )

    def parse(self, record: Any) -> Annotated:
        """Parse a text and its spans, or its categories."""
        text_key, key = self.keys
        if text_key not in get_keys(record):
            text_key = find_text_key(record) or "text"
        text = get_text({"text": record.get(text_key)})
        annotated = Annotated(text)
        annotated.unread.update(count_unread(record))
        if key not in get_keys(record):
            key = find_span_key(record)
        cats = record.get("cats")
        if not key and not is_annotation("cats", cats) and "annotation" not in record:
            raise ValueError(f"expected one of the lists {', '.join(SPAN_KEYS)}")
        if key:
            annotated.entities = read_spans(text, record[key])
            self.keys = (text_key, key) if record[key] else self.keys
        if isinstance(cats, dict):
            annotated.cats = parse_cats(cats)
        status = record.get("status")
        if status in ("Discarded", "Default"):
            # Argilla's words for what is rejected, and for what is not looked at yet
            annotated.skipped = f"status {status}"
        elif not key and not annotated.cats:
            annotated.skipped = "not annotated"
        return annotated


def is_annotation(key: str, value: Any) -> bool:
    """Tell whether something beside spans says that a record is of this format:
    categories, or that Argilla has no annotation of it."""
    return isinstance(value, dict) if key == "cats" else value is None


def find_span_key(record: Any) -> str:
    """Find the key of a record that has its spans: a usual one, or any with a list that
    can be nothing else. "" if there is none."""
    keys = [*get_keys(record)]
    usual = [key for key in SPAN_KEYS if is_span_list(record.get(key), key)]
    others = sorted(str(key) for key in keys if is_span_list(record[key], ""))
    return next(iter([*usual, *others]), "") if keys else ""


def is_span_list(value: Any, key: str) -> bool:
    if not isinstance(value, list):
        return False
    if not value:
        return key not in ("", "tokens")
    first = value[0]
    if key in ("", "tokens"):
        if isinstance(first, dict):
            named = ({*LABEL_KEYS} - {"name"}) & {*first}
            return bool(named and {*START_KEYS} & {*first} and {*END_KEYS} & {*first})
        is_triple = isinstance(first, list) and len(first) == 3
        return is_triple and sorted(type(x).__name__ for x in first) == [
            *("int", "int", "str")
        ]
    if isinstance(first, dict):
        return bool({*first} & {*LABEL_KEYS, "value"} - {"text"})
    return isinstance(first, (list, tuple))
