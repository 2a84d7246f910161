"""What Doccano exports."""

from typing import Any

from .annotated import Annotated, get_text, shorten
from .base import Format, formats, get_keys
from .shapes import count_unread, parse_nested, read_spans

DOCCANO_KEYS = ("entities", "annotations", "labels", "label")


@formats("doccano")
class DoccanoFormat(Format):
    rank = 3

    def recognizes(self, record: Any) -> bool:
        keys = get_keys(record)
        texts = [record[key] for key in ("text", "data") if key in keys]
        return bool(
            texts
            and not isinstance(texts[0], (list, dict))
            and keys & set(DOCCANO_KEYS)
        )

    def parse(self, record: Any) -> Annotated:
        """Parse what Doccano exports, from its first versions to today's."""
        text = get_text(record if "text" in record else {"text": record.get("data")})
        key = next((key for key in DOCCANO_KEYS if key in record), None)
        if key is None:
            raise ValueError('expected "label", "labels" or "entities"')
        labels = parse_nested(record[key])
        if labels is None or labels == "":
            labels = []
        if isinstance(labels, (str, int)):
            labels = [str(labels)]
        annotated = Annotated(text)
        annotated.unread.update(count_unread(record))
        spans = record.get("spans")
        if are_names(labels) and isinstance(spans, list) and len(spans) == len(labels):
            # labels and their places in two lists
            labels = [[place, label] for place, label in zip(spans, labels)]
        if are_names(labels):
            annotated.cats = dict.fromkeys(labels, 1.0)
            annotated.has_all_cats = True
            return annotated
        annotated.entities = read_spans(text, labels)
        cats = record.get("cats") or []
        if not isinstance(cats, list):
            raise ValueError(
                f'expected "cats" as a list of names, found: {shorten(cats)}. '
                'Numbers go into ["text", {"cats": {"SPORTS": 1.0}}].'
            )
        annotated.cats = dict.fromkeys(cats, 1.0)
        annotated.has_all_cats = "cats" in record
        return annotated


def are_names(labels: Any) -> bool:
    is_list = isinstance(labels, (list, tuple)) and len(labels) > 0
    return is_list and all(isinstance(label, str) for label in labels)
