"""What Dataturks exports."""

from typing import Any, List

from .annotated import Annotated, CharSpan, get_span, get_text, shorten
from .base import Format, formats, get_keys


@formats("dataturks")
class DataturksFormat(Format):
    rank = 5
    priority = 3

    def recognizes(self, record: Any) -> bool:
        if not {"content", "annotation"} <= get_keys(record):
            return False
        annotation = record["annotation"]
        first = annotation[0] if annotation and isinstance(annotation, list) else {}
        return isinstance(first, dict) and "start" not in first

    def parse(self, record: Any) -> Annotated:
        """Parse what Dataturks exports. Its ends are those of the last character."""
        text = get_text({"text": record.get("content")})
        annotation = record.get("annotation") or []
        if isinstance(annotation, dict):
            labels = as_list(annotation.get("labels") or [])
            if not all(isinstance(label, str) for label in labels):
                raise ValueError(
                    f"expected names of categories, found: {shorten(labels)}"
                )
            return Annotated(text, cats=dict.fromkeys(labels, 1.0), has_all_cats=True)
        entities: List[CharSpan] = []
        for item in annotation:
            for point in item["points"]:
                start, end = point["start"], point["end"]
                if type(end) is int:
                    end += 1
                    if end == len(text) + 1:
                        end -= 1  # may stand on the line break after the text
                names = as_list(item["label"])
                entities += [
                    get_span(text, (start, end, name), surface=point.get("text"))
                    for name in names or [None]
                ]
        return Annotated(text, entities=entities)


def as_list(value: Any) -> List[Any]:
    return value if isinstance(value, list) else [value]
