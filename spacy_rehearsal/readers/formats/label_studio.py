"""What Label Studio exports."""

from typing import Any, Dict, List, Optional

from .annotated import Annotated, correct_offsets, get_span, get_text, shorten
from .base import Format, formats, get_keys


@formats("label_studio")
class LabelStudioFormat(Format):
    rank = 4
    priority = 2

    def recognizes(self, record: Any) -> bool:
        keys = get_keys(record)
        return "annotation_id" in keys or bool(
            "data" in keys and keys & {"annotations", "completions"}
        )

    def parse(self, record: Any) -> Optional[Annotated]:
        """Parse what Label Studio exports as JSON or JSON-MIN.

        Of several annotations of a task the one marked as ground truth counts, or else
        the first that was not cancelled. A task without one is skipped.
        """
        if "annotation_id" in record:
            return parse_label_studio_min(record)
        data = record["data"]
        annotations = [
            annotation
            for annotation in record.get("annotations", record.get("completions")) or []
            if not annotation.get("was_cancelled")
        ]
        if not annotations:
            return None
        text = find_text(data)
        truth = [a for a in annotations if a.get("ground_truth")] or annotations
        values = [result.get("value", {}) for result in truth[0].get("result", [])]
        return make_label_studio(text, values)


def parse_label_studio_min(record: Any) -> Annotated:
    """Parse JSON-MIN: the columns of the task, its ID, the results by the name of
    their control, and the annotator. A single choice is nothing but its name."""
    names = list(record)
    last = max((names.index(n) for n in ("id", "text") if n in names), default=-1)
    columns = names[: last + 1]
    stop = names.index("annotator") if "annotator" in names else len(columns)
    values = []
    for i, value in enumerate(record.values()):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                values.append(item)
            elif isinstance(item, str) and len(columns) <= i < stop:
                values.append({"choices": [item]})
    text = find_text({name: record[name] for name in columns})
    annotated = make_label_studio(text, values)
    annotated.task = record.get("id")
    return annotated


def find_text(columns: Dict[str, Any]) -> str:
    """Find the text of a task, which can have any name if it has no other strings."""
    names = [name for name, value in columns.items() if isinstance(value, str)]
    name = names[0] if len(names) == 1 else "text"
    if names and name not in names:
        raise ValueError(
            f'which of {", ".join(names)} is the text? Name it "text" in the file'
        )
    return get_text({"text": columns.get(name)})


def make_label_studio(text: str, values: List[Any]) -> Annotated:
    entities = []
    annotated = Annotated(text)
    for value in values:
        unread = [key for key in value if key.endswith("labels") and key != "labels"]
        if unread:
            raise ValueError(
                f"{unread[0]} are not read, only the labels of a <Text>: "
                f"{shorten(value)}"
            )
        if "start" in value and "labels" in value:
            start, end = correct_offsets(text, value)
            entities += [get_span(text, (start, end, n)) for n in value["labels"]]
        elif "start" not in value and "choices" in value:
            annotated.cats.update((name, 1.0) for name in value["choices"])
            annotated.has_all_cats = True
    if entities or not annotated.cats:
        annotated.entities = entities
    return annotated
