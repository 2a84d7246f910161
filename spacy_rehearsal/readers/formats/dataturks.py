"""What Dataturks exports."""

from typing import Any

from .annotated import Annotated, correct_offsets, get_span, get_text
from .base import Format, formats, get_keys


@formats("dataturks")
class DataturksFormat(Format):
    rank = 5
    priority = 3

    def recognizes(self, record: Any) -> bool:
        return {"content", "annotation"} <= get_keys(record)

    def parse(self, record: Any) -> Annotated:
        """Parse what Dataturks exports. Its ends are those of the last character."""
        text = get_text({"text": record.get("content")})
        annotation = record.get("annotation") or []
        if isinstance(annotation, dict):
            labels = annotation.get("labels", [])
            return Annotated(text, cats=dict.fromkeys(labels, 1.0), has_all_cats=True)
        entities = []
        for item in annotation:
            labels = (
                item["label"] if isinstance(item["label"], list) else [item["label"]]
            )
            for point in item["points"]:
                start, end = correct_offsets(text, {**point, "end": point["end"] + 1})
                end = min(end, len(text))  # may stand on the line break after the text
                entities += [get_span(text, (start, end, name)) for name in labels]
        return Annotated(text, entities=entities)
