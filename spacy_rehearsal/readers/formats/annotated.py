"""The one form that all formats are read into: a text and its annotations."""

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

CharSpan = Tuple[int, int, str]


@dataclass
class Annotated:
    """One text and its annotations, offsets in characters.

    text (str): The text.
    entities (Optional[List[CharSpan]]): Start, end and label of the entities. None
        means that nobody has looked for any.
    is_complete (bool): Whether all other tokens are no entity. Otherwise nothing is
        known about them.
    rejected (List[CharSpan]): Spans that are known to be no entity of their label.
    spans (Dict[str, List[CharSpan]]): Spans that may overlap, by the key of
        `doc.spans`.
    cats (Dict[str, float]): Text categories.
    has_all_cats (bool): Whether the categories of the file that are not in `cats`
        do not apply.
    links (Dict[Tuple[int, int], str]): The knowledge base ID of entities.
    tokens (Dict[str, Any]): Token annotations, for `Example.from_dict`.
    task (Optional[int]): What the tool calls the text, where a file can have several
        annotations of it. The first one counts.
    place (str): File and line, for messages.
    """

    text: str
    entities: Optional[List[CharSpan]] = None
    is_complete: bool = True
    rejected: List[CharSpan] = field(default_factory=list)
    spans: Dict[str, List[CharSpan]] = field(default_factory=dict)
    cats: Dict[str, float] = field(default_factory=dict)
    has_all_cats: bool = False
    links: Dict[Tuple[int, int], str] = field(default_factory=dict)
    tokens: Dict[str, Any] = field(default_factory=dict)
    task: Optional[int] = None
    place: str = ""


def correct_offsets(text: str, value: Dict[str, Any]) -> Tuple[Any, Any]:
    """Correct offsets that count an emoji as two characters, as JavaScript does (and
    Label Studio before 1.6). The text that comes with them tells.

    RAISES (ValueError): If they are wrong in another way, as with line breaks that
        the browser has shortened. White space may differ, and whole words be marked
        where the annotator has marked parts.
    """
    start, end, surface = value["start"], value["end"], value.get("text")
    if not surface or not isinstance(start, int) or text[start:end] == surface:
        return start, end
    units = text.encode("utf-16-le")
    corrected = [
        len(units[: 2 * i].decode("utf-16-le", errors="ignore")) for i in (start, end)
    ]
    if text[corrected[0] : corrected[1]] == surface:
        return corrected[0], corrected[1]
    found = text[start:end]
    if "".join(surface.replace("\\n", "").split()) not in "".join(found.split()):
        raise ValueError(
            f"[{start}, {end}] is '{shorten(found)}', but was annotated as "
            f"'{shorten(surface)}': the offsets are those of another text"
        )
    return start, end


def get_text(record: Any) -> str:
    text = record.get("text") if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise ValueError(f'expected a record with a "text", found: {shorten(record)}')
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"has half a surrogate pair in its text: {shorten(text)!a}")
    return text


def get_span(text: str, span: Any) -> CharSpan:
    """Check a span, and leave out the white space at its ends.

    text (str): The text.
    span (Any): Start, end and label, as they were read.
    RETURNS (CharSpan): The span. A span of nothing but white space stays as it is.
    RAISES (ValueError): If it is no span of this text.
    """
    if not isinstance(span, (list, tuple)) or len(span) < 3:
        raise ValueError(f"expected [start, end, label], found: {shorten(span)}")
    start, end, label = span[:3]
    if type(start) is not int or type(end) is not int:
        raise ValueError(f"expected numbers of characters, found: {shorten(span)}")
    if not isinstance(label, str) or not label:
        raise ValueError(f"expected a label, found: {shorten(span)}")
    if not 0 <= start < end <= len(text):
        raise ValueError(
            f"[{start}, {end}, {label}] is no part of a text of {len(text)} "
            f"characters: {shorten(text)}"
        )
    surface = text[start:end]
    if surface.strip():
        start += len(surface) - len(surface.lstrip())
        end -= len(surface) - len(surface.rstrip())
    return start, end, label


def find_overlaps(spans: Iterable[CharSpan]) -> Iterator[Tuple[CharSpan, CharSpan]]:
    """Find spans that begin before others have ended.

    spans (Iterable[CharSpan]): The spans, in any order.
    YIELDS (Tuple[CharSpan, CharSpan]): Each such span, after the last one before it
        that it overlaps.
    """
    open_spans: List[CharSpan] = []
    for span in sorted(spans):
        open_spans = [other for other in open_spans if span[0] < other[1]]
        if open_spans:
            yield open_spans[-1], span
        open_spans.append(span)


def shorten(value: Any, *, length: int = 80) -> str:
    """Show a value in a message, on one line of limited length."""
    shown = value if isinstance(value, str) else repr(value)
    shown = " ".join(shown.split())
    return shown if len(shown) <= length else f"{shown[: length - 3]}..."
