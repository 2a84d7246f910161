"""The shapes in which tools write a span."""

import ast
import json
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .annotated import CharSpan, Mark, get_span, shorten, to_offset
from .base import get_keys

TEXT_KEYS = ("text", "data", "content", "document", "sentence", "raw_text", "input")
START_KEYS = ("start", "start_offset", "begin", "start_char", "startOffset", "from")
END_KEYS = ("end", "end_offset", "stop", "end_char", "endOffset", "to")
PAIR_KEYS = ("span", "offsets", "position", "indices", "char_span", "range", "offset")
LENGTH_KEYS = ("length", "len")
LABEL_KEYS = (
    *("label", "labels", "tag_name", "entityLabel", "tag", "entity_type"),
    *("entity_group", "entity", "type", "category", "class", "name"),
    *("display_name", "displayName"),
)
GROUP_KEYS = ("entities", "spans", "annotations", "labels")  # of an object around them
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
    items = parse_nested(items)
    if items is None:
        return []
    if isinstance(items, dict):
        inner = next((items[key] for key in GROUP_KEYS if key in items), None)
        is_group = isinstance(inner, list) and not has_offsets(items)
        items = inner if is_group else [*find_labelled(items)]
    if not isinstance(items, (list, tuple)):
        raise ValueError(f"expected a list of entities, found: {shorten(items)}")
    return [span for item in items for span in read_span(text, item)]


def parse_nested(value: Any) -> Any:
    """Read a list or an object that is written as a string, in JSON or Python. All
    other values stay as they are."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{", "("):
        for parse in (json.loads, ast.literal_eval):
            try:
                return parse(value)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    return value


def find_labelled(groups: Dict[Any, Any]) -> Iterator[Any]:
    """Find the spans that an object has by their labels: lists of them, or what was
    marked with lists of its places."""
    for label, group in groups.items():
        if isinstance(group, dict) and not has_offsets(group):
            for surface, places in group.items():
                for place in places if isinstance(places, list) else [places]:
                    yield {"span": place, "label": label, "text": surface}
            continue
        group = group if isinstance(group, list) else [group]
        if len(group) == 2 and all(type(offset) is int for offset in group):
            group = [group]
        for item in group:
            found = item if isinstance(item, dict) else {"span": item}
            yield {"label": label, **found}


def has_offsets(item: Dict[str, Any]) -> bool:
    return find_offsets(item) is not None


def find_offsets(item: Dict[str, Any]) -> Optional[Tuple[Any, Any]]:
    """Find start and end of a span. None if it does not have both."""
    start, end = get_first(item, START_KEYS), get_first(item, END_KEYS)
    if start is not None and end is not None:
        return start, end
    offset = to_offset(get_first(item, ("offset", *START_KEYS)))
    length = to_offset(get_first(item, LENGTH_KEYS))
    if offset is not None and length is not None:
        return offset, offset + length
    for key in PAIR_KEYS:
        pair: Any = item.get(key)
        if isinstance(pair, list) and len(pair) == 1:
            pair = pair[0]
        is_pair = isinstance(pair, (list, tuple)) and len(pair) == 2
        if is_pair and None not in map(to_offset, pair):
            return pair[0], pair[1]
        if isinstance(pair, dict):
            return find_offsets(pair)
    return None


def read_span(text: str, item: Any) -> List[CharSpan]:
    if isinstance(item, (list, tuple)):
        return [get_span(text, item)]
    if not isinstance(item, dict):
        return [get_span(text, item)]
    if isinstance(item.get("value"), dict):
        item = item["value"]
    offsets = find_offsets(item)
    if offsets is None:
        if "parts" in item or len(item.get("offsets") or ()) > 1:
            problem = f"an entity in several parts: {shorten(item)}"
            return [Mark(0, 0, "", problem=problem)]
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
    if isinstance(surface, list) and len(surface) == 1:
        surface = surface[0]
    if "tag_name" in item:
        surface = item.get("value")
    labels = labels if isinstance(labels, list) else [labels]
    if not labels:
        return [Mark(0, 0, "", problem=f"an entity without a label: {shorten(item)}")]
    return [
        get_span(text, (*offsets, label), surface=surface)
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
