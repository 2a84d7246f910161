"""Records of a text and its spans, under the names that other tools give to them."""

from typing import Any

from .annotated import Annotated, get_text
from .base import Format, formats, get_keys
from .shapes import LABEL_KEYS, count_unread, find_text_key, read_spans
from .simple import parse_cats

# in a record of UBIAI the "tokens" are the entities
SPAN_KEYS = (
    *("entities", "annotations", "annotation", "spans", "labels", "ents", "ner"),
    *("entity", "label", "tokens"),
)


@formats("spans")
class SpansFormat(Format):
    """LightTag, UBIAI, Argilla, Rasa, brat, and records that are written by hand."""

    rank = 6
    priority = -1

    def recognizes(self, record: Any) -> bool:
        if not find_text_key(record):
            return False
        return bool(find_span_key(record) or isinstance(record.get("cats"), dict))

    def parse(self, record: Any) -> Annotated:
        """Parse a text and its spans, or its categories."""
        text = get_text({"text": record.get(find_text_key(record) or "text")})
        annotated = Annotated(text)
        annotated.unread.update(count_unread(record))
        key = find_span_key(record)
        if not key and not isinstance(record.get("cats"), dict):
            raise ValueError(f"expected one of the lists {', '.join(SPAN_KEYS)}")
        if key:
            annotated.entities = read_spans(text, record[key])
        if isinstance(record.get("cats"), dict):
            annotated.cats = parse_cats(record["cats"])
        status = record.get("status")
        if status in ("Discarded", "Default"):
            # Argilla's words for what is rejected, and for what is not looked at yet
            annotated.skipped = f"status {status}"
        return annotated


def find_span_key(record: Any) -> str:
    """Find the key of a record that has its spans. "" if there is none."""
    lists = (key for key in SPAN_KEYS if is_span_list(record.get(key), key))
    return next(lists, "") if get_keys(record) else ""


def is_span_list(value: Any, key: str) -> bool:
    if not isinstance(value, list):
        return False
    if not value:
        return key != "tokens"
    if key == "tokens" or isinstance(value[0], dict):
        return bool(get_keys(value[0]) & {*LABEL_KEYS, "value"} - {"text"})
    return isinstance(value[0], (list, tuple))
