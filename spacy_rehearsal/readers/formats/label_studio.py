"""What Label Studio exports."""

from collections import Counter
from typing import Any, Dict, Iterable, List, Optional, Tuple

from .annotated import Annotated, get_span, get_text, shorten
from .base import Format, formats, get_keys
from .offsets import convert, find_astral, is_aligned


@formats("label_studio")
class LabelStudioFormat(Format):
    """
    ATTRIBUTES:
    column (str): The column of the text, where tasks have several and the marked texts
        tell.
    """

    rank = 4
    priority = 2
    needs_preparation = True

    def __init__(self) -> None:
        self.column = ""

    def recognizes(self, record: Any) -> bool:
        keys = get_keys(record)
        return "annotation_id" in keys or bool(
            isinstance(record, dict)
            and isinstance(record.get("data"), dict)
            and keys & {"annotations", "completions"}
        )

    def prepare(self, records: Iterable[Any]) -> None:
        """Find the column that has what was marked where it was marked."""
        votes: Counter[str] = Counter()
        for record in records:
            try:
                columns, values = get_parts(record)
            except (AttributeError, KeyError, TypeError, ValueError):
                continue  # is said when it is parsed
            for name, text in columns.items() if len(columns) > 1 else ():
                votes[name] += sum(stands_in(text, value) for value in values)
        best = max(votes.values(), default=0)
        names = [name for name, n in votes.items() if n == best > 0]
        self.column = "text" if "text" in names else "".join(names[:1])

    def parse(self, record: Any) -> Optional[Annotated]:
        """Parse what Label Studio exports as JSON or JSON-MIN.

        Of several annotations of a task the one marked as ground truth counts, or else
        the first that was not cancelled. A task without one is skipped.
        """
        if not self.recognizes(record):
            raise ValueError(
                f'expected "data" and "annotations", found: {shorten(record)}'
            )
        valid = get_valid(record)
        if "annotation_id" not in record and not valid:
            found = get_annotations(record)
            n = sum(map(count_spans, found))
            left_out = Counter({"annotation cancelled": n} if n else {})
            skipped = "annotation cancelled" if found else "not annotated"
            annotated = Annotated("", skipped=skipped, left_out=left_out)
            annotated.unread.update(count_predictions(record))
            return annotated
        columns, values = get_parts(record)
        annotated = make_label_studio(find_text(columns, self.column), values)
        if "annotation_id" in record:
            annotated.task = record.get("id")
            return annotated
        chosen = choose(record)
        for other in get_annotations(record):
            if other is not chosen and count_spans(other):
                annotated.left_out["another annotation of a text"] += count_spans(other)
        results = chosen.get("result") or []
        n = sum(get_keys(result) >= {"from_id", "to_id"} for result in results)
        if n:
            annotated.unread["relations"] = n
        annotated.unread.update(count_predictions(record))
        return annotated


def get_annotations(record: Any) -> List[Any]:
    return record.get("annotations", record.get("completions")) or []


def get_valid(record: Any) -> List[Any]:
    return [a for a in get_annotations(record) if not a.get("was_cancelled")]


def choose(record: Any) -> Any:
    valid = get_valid(record)
    return next((a for a in valid if a.get("ground_truth")), valid[0])


def count_predictions(record: Any) -> Dict[str, int]:
    predictions = [p for p in record.get("predictions") or [] if get_keys(p)]
    n = sum(map(count_spans, predictions))
    return {"predictions": n} if n else {}


def count_spans(annotation: Any) -> int:
    values = [get_keys(r) and r.get("value") for r in annotation.get("result") or []]
    return sum({"start", "labels"} <= get_keys(value) for value in values)


def get_parts(record: Any) -> Tuple[Dict[str, str], List[Any]]:
    """Get the columns of a task that are texts, and the values of its results."""
    if "annotation_id" in record:
        columns, values = split_min(record)
    else:
        columns = record["data"]
        valid = get_valid(record)
        results = choose(record).get("result") or [] if valid else []
        values = [result.get("value", {}) for result in results]
    return {k: v for k, v in columns.items() if isinstance(v, str)}, values


def split_min(record: Any) -> Tuple[Dict[str, Any], List[Any]]:
    """Split JSON-MIN: the columns of the task, its ID, the results by the name of
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
    return {name: record[name] for name in columns}, values


def stands_in(text: str, value: Any) -> bool:
    """Tell whether what was marked stands in a text where it was marked."""
    if not get_keys(value):
        return False
    start, end, surface = (value.get(key) for key in ("start", "end", "text"))
    if type(start) is not int or type(end) is not int:
        return False
    surface = surface.replace("\\n", " ") if isinstance(surface, str) else ""
    places = [(start, end), convert(find_astral(text), start, end)]
    return any(place and is_aligned(text, *place, surface) for place in places)


def find_text(columns: Dict[str, str], column: str) -> str:
    """Find the text of a task, which can have any name if it has no other strings, or
    if what was marked shows which it is."""
    names = list(columns)
    if not names:
        raise ValueError(
            "the task has no text: dialogues, tables, images and audio are not read"
        )
    name = names[0] if len(names) == 1 else column or "text"
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
            start, end, surface = value["start"], value.get("end"), value.get("text")
            entities += [
                get_span(text, (start, end, name), surface=surface)
                for name in value["labels"] or [None]
            ]
        elif "start" not in value and "choices" in value:
            annotated.cats.update((name, 1.0) for name in value["choices"])
            annotated.has_all_cats = True
    if entities or not annotated.cats:
        annotated.entities = entities
    return annotated
