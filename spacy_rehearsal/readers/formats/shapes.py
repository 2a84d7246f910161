"""The shapes in which tools write a span."""

from typing import Any, Dict, List, Tuple

from .annotated import CharSpan, Mark, get_span, shorten
from .base import get_keys

TEXT_KEYS = ("text", "data", "content", "document", "sentence", "raw_text", "input")
START_KEYS = ("start", "start_offset", "begin", "start_char", "startOffset", "from")
END_KEYS = ("end", "end_offset", "stop", "end_char", "endOffset", "to")
LABEL_KEYS = (
    *("label", "labels", "tag_name", "entityLabel", "tag", "entity_type"),
    *("entity_group", "entity", "type", "category", "class", "name"),
)
# what was marked; "value" can be what it stands for
SURFACE_KEYS = ("text", "surface", "word", "text_value", "span")
UNREAD_KEYS = (
    *("relations", "events", "attributes", "classifications", "coreferences"),
    *("normalizations", "equivalences", "predictions"),
    *("pos_tags", "chunk_tags", "pos", "lemmas", "Comments", "comments", "intent"),
)


def find_text_key(record: Any) -> str:
    """Find the key of a record that has its text: a usual one, or that of its longest
    string. "" if there is none."""
    strings = [k for k in get_keys(record) if isinstance(record[k], str)]
    usual = (key for key in TEXT_KEYS if key in strings)
    longest = max(sorted(strings, key=str), key=lambda k: len(record[k]), default="")
    return next(usual, longest)


def get_first(record: Dict[str, Any], names: Tuple[str, ...]) -> Any:
    return next((record[name] for name in names if name in record), None)


def read_spans(text: str, items: Any) -> List[CharSpan]:
    """Read a list of spans, each with one label or several.

    text (str): The text.
    items (Any): The spans: [start, end, label], [label, start, end], or objects with
        names that tools give to these.
    RETURNS (List[CharSpan]): The spans.
    RAISES (ValueError): If it is no list.
    """
    if items is None:
        return []
    if not isinstance(items, (list, tuple)):
        raise ValueError(f"expected a list of entities, found: {shorten(items)}")
    return [span for item in items for span in read_span(text, item)]


def read_span(text: str, item: Any) -> List[CharSpan]:
    if isinstance(item, (list, tuple)):
        if len(item) == 3 and isinstance(item[0], str) and type(item[2]) is int:
            item = (item[1], item[2], item[0])
        return [get_span(text, item)]
    if not isinstance(item, dict):
        return [get_span(text, item)]
    if isinstance(item.get("value"), dict):
        item = item["value"]
    start, end = get_first(item, START_KEYS), get_first(item, END_KEYS)
    if start is None or end is None:
        return [Mark(0, 0, "", problem=f"an entity without offsets: {shorten(item)}")]
    labels = get_first(item, LABEL_KEYS)
    if isinstance(labels, dict):
        labels = get_first(labels, ("name", "label", "text"))
    if type(labels) is int:
        problem = (
            f"a label that is a number: {shorten(item)}. Export the names of the "
            'labels; in Doccano that is "JSONL (text label)"'
        )
        return [Mark(0, 0, "", problem=problem)]
    surface = get_first(item, SURFACE_KEYS)
    if "tag_name" in item:
        surface = item.get("value")
    labels = labels if isinstance(labels, list) else [labels]
    if not labels:
        return [Mark(0, 0, "", problem=f"an entity without a label: {shorten(item)}")]
    return [
        get_span(text, (start, end, label), surface=surface)
        if isinstance(label, str) and label
        else Mark(0, 0, "", problem=f"expected a label, found: {shorten(item)}")
        for label in labels
    ]


def count_unread(record: Any) -> Dict[str, int]:
    """Count what a record says beside entities and categories."""
    found = {}
    for key in UNREAD_KEYS:
        value = record.get(key) if key in get_keys(record) else None
        if value:
            size = len(value) if isinstance(value, (list, dict)) else 1
            found[key] = value if type(value) is int else size
    return found
