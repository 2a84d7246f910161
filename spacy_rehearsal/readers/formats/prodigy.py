"""What Prodigy exports."""

from typing import Any

from .annotated import Annotated, get_span, get_text, shorten
from .base import Format, formats, get_keys
from .shapes import count_unread

PRODIGY_KEYS = {"answer", "spans", "accept", "options", "tokens", "_input_hash"}
# what Prodigy's other views call spans are no entities
UNREAD_VIEWS = ("pos", "dep", "image", "audio", "text_input")
ANSWERS = ("accept", "reject", "ignore")


@formats("prodigy")
class ProdigyFormat(Format):
    rank = 2
    priority = 1

    def recognizes(self, record: Any) -> bool:
        keys = get_keys(record)
        if "text" not in keys or "entities" in keys:
            return False
        spans = record.get("spans")
        is_other = isinstance(spans, list) and not all(
            {"start", "end"} <= get_keys(span) for span in spans[:1]
        )
        # others have tokens as well, and spans of another form
        own = keys & PRODIGY_KEYS - {"tokens", *(["spans"] * is_other)}
        return bool(own)

    def parse(self, record: Any) -> Annotated:
        """Parse what Prodigy exports.

        An accepted binary answer says that these spans are entities, and a rejected one
        that they are not; nothing is known about the rest of the text. Other rejected
        records, and ignored ones, are skipped.
        """
        text = get_text(record)
        label = record.get("label")
        if isinstance(label, list) or not set(record) & {*PRODIGY_KEYS, "label"}:
            raise ValueError(
                f'expected "spans", "accept" or a "label", found: {shorten(record)}'
            )
        answer = record.get("answer", "accept")
        if answer not in ANSWERS:
            raise ValueError(
                f"the answer must be {', '.join(ANSWERS)}, found: {shorten(answer)!r}"
            )
        spans = record.get("spans") or []
        found = [
            get_span(
                text,
                (span.get("start"), span.get("end"), span.get("label", label)),
                surface=span.get("text"),
            )
            for span in spans
        ]
        if answer == "ignore":
            return Annotated(text, entities=found, skipped="answer ignore")
        is_accepted = answer == "accept"
        is_review = record.get("_view_id") == "review"
        view = str(record.get("view_id" if is_review else "_view_id", ""))
        if view.startswith(UNREAD_VIEWS):
            raise ValueError(f"Prodigy's view '{view}' is not read")
        if isinstance(label, str) and (
            view == "classification" or (view in ("", "text") and not spans)
        ):
            return Annotated(text, cats={label: float(is_accepted)})
        has_choices = "options" in record or "accept" in record
        is_binary = record.get("_is_binary", is_binary_view(record, view))
        if not is_accepted and (has_choices or not is_binary):
            return Annotated(text, entities=found, skipped="answer reject")
        annotated = Annotated(text)
        annotated.unread.update(count_unread(record))
        if has_choices:
            accepted = record.get("accept") or []
            options = [option["id"] for option in record.get("options") or []]
            annotated.cats = {
                str(name): float(name in accepted) for name in options or accepted
            }
            annotated.has_all_cats = True
            if view != "blocks" or "spans" not in record:
                return annotated
        if view.startswith("spans"):
            annotated.spans["sc"] = found if is_accepted else []
            return annotated
        annotated.is_complete = not is_binary
        annotated.entities = found if is_accepted else []
        annotated.rejected = [] if is_accepted else found
        return annotated


def is_binary_view(record: Any, view: str) -> bool:
    """Tell whether a record asked yes or no, where an older version does not say."""
    if view:
        return view in ("ner", "spans", "classification")
    is_suggested = any("score" in span for span in record.get("spans") or [])
    return "tokens" not in record and (record.get("answer") == "reject" or is_suggested)
