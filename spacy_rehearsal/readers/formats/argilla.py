"""What Argilla 2 exports; rows of its first version are read by spans.py."""

from typing import Any, List

from .annotated import Annotated, get_text, shorten
from .base import Format, formats, get_keys
from .shapes import find_text_key, read_spans

RESPONSES = ".responses"


@formats("argilla")
class ArgillaFormat(Format):
    rank = 8
    priority = 5

    def recognizes(self, record: Any) -> bool:
        keys = get_keys(record)
        if {"fields", "responses"} <= keys:
            return isinstance(record["fields"], dict)
        return any(str(key).endswith(RESPONSES) for key in keys)

    def parse(self, record: Any) -> Annotated:
        """Parse a record with its fields and responses, in objects of their own or with
        names such as "ner.responses". The first response to each question counts."""
        if not self.recognizes(record):
            raise ValueError(f'expected "fields" and "responses": {shorten(record)}')
        fields = record.get("fields", record)
        annotated = Annotated(get_text({"text": fields.get(find_text_key(fields))}))
        answers = [answer for answer in get_answers(record) if answer]
        if not answers:
            annotated.skipped = "not annotated"
        for first, *others in answers:
            if is_name_list(first):
                names = [first] if isinstance(first, str) else first
                annotated.cats.update(dict.fromkeys(names, 1.0))
                annotated.has_all_cats = True
                continue
            spans = read_spans(annotated.text, first)
            annotated.entities = [*(annotated.entities or []), *spans]
            n = sum(len(answer) for answer in others if isinstance(answer, list))
            if n:
                annotated.left_out["another annotation of a text"] += n
        return annotated


def get_answers(record: Any) -> List[List[Any]]:
    """Get the responses to each question."""
    if "fields" in record:
        found = (record["responses"] or {}).values()
    else:
        found = [v for k, v in record.items() if str(k).endswith(RESPONSES)]
    return [
        [a["value"] if "value" in get_keys(a) else a for a in answers]
        for answers in found
        if isinstance(answers, list)
    ]


def is_name_list(value: Any) -> bool:
    """Tell whether an answer is a category, or several."""
    if isinstance(value, str):
        return True
    return bool(value) and all(isinstance(name, str) for name in value)
