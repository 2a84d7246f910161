"""The one form that all formats are read into: a text and its annotations."""

from collections import Counter
from dataclasses import dataclass, field
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

CharSpan = Tuple[int, int, str]


class Mark(Tuple[int, int, str]):
    """A span as a file has it: start, end and label, which are looked up in the text
    once the whole file is known.

    surface (str): What the tool says was marked. "" if it does not say.
    problem (str): What is wrong with it, where that is plain without the text.
    """

    surface: str
    problem: str

    def __new__(
        cls, start: int, end: int, label: str, *, surface: str = "", problem: str = ""
    ) -> "Mark":
        mark = tuple.__new__(cls, (start, end, label))
        mark.surface = surface
        mark.problem = problem
        return mark


class BadSpan(NamedTuple):
    """A span that has no place in its text.

    problem (str): What is wrong with it.
    reason (str): The same in a word or two, to count.
    label (str): The label, if it has one.
    """

    problem: str
    reason: str
    label: str


@dataclass
class Annotated:
    """One text and its annotations, offsets in characters.

    text (str): The text.
    entities (Optional[List[CharSpan]]): Start, end and label of the entities. None
        means that nobody has looked for any.
    is_complete (bool): Whether all other tokens are no entity. Otherwise nothing is
        known about them.
    unknown (List[Tuple[int, int]]): Parts of the text of which nothing is known.
    rejected (List[CharSpan]): Spans that are known to be no entity of their label.
    spans (Dict[str, List[CharSpan]]): Spans that may overlap, by the key of
        `doc.spans`.
    cats (Dict[str, float]): Text categories.
    has_all_cats (bool): Whether the categories of the file that are not in `cats`
        do not apply.
    links (Dict[Tuple[int, int], str]): The knowledge base ID of entities.
    tokens (Dict[str, Any]): Token annotations, for `Example.from_dict`.
    words (Sequence[str]): The words that `tags` belong to.
    tags (Sequence[Any]): IOB or BILUO tags of the words, or the numbers of such. They
        become entities.
    task (Union[int, str, None]): What the tool calls the text, where a file can have
        several annotations of it. The first one counts.
    skipped (str): Why the annotator wants the text to be left out. "" if not so.
    left_out (Counter[str]): How many other spans of the record are left out, by reason.
    unread (Counter[str]): How much there is of what is not read, by its name.
    bad (List[BadSpan]): Spans that have no place in the text. They are in none of the
        lists above.
    file (str): The file that it is from.
    place (str): File and line, for messages.
    """

    text: str
    entities: Optional[List[CharSpan]] = None
    is_complete: bool = True
    unknown: List[Tuple[int, int]] = field(default_factory=list)
    rejected: List[CharSpan] = field(default_factory=list)
    spans: Dict[str, List[CharSpan]] = field(default_factory=dict)
    cats: Dict[str, float] = field(default_factory=dict)
    has_all_cats: bool = False
    links: Dict[Tuple[int, int], str] = field(default_factory=dict)
    tokens: Dict[str, Any] = field(default_factory=dict)
    words: Sequence[str] = ()
    tags: Sequence[Any] = ()
    task: Any = None
    skipped: str = ""
    left_out: "Counter[str]" = field(default_factory=Counter)
    unread: "Counter[str]" = field(default_factory=Counter)
    bad: List[BadSpan] = field(default_factory=list)
    file: str = ""
    place: str = ""

    @property
    def marks(self) -> List[CharSpan]:
        """All spans: entities, rejected ones, and those that may overlap."""
        groups = [self.entities or [], self.rejected, *self.spans.values()]
        return [span for group in groups for span in group]


def get_text(record: Any) -> str:
    text = record.get("text") if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise ValueError(f'expected a record with a "text", found: {shorten(record)}')
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"has half a surrogate pair in its text: {shorten(text)!a}")
    return text


def get_span(text: str, span: Any, *, surface: Any = "") -> CharSpan:
    """Check the form of a span. Whether it is a part of its text is looked at when the
    whole file is known.

    text (str): The text.
    span (Any): Start, end and label, as they were read.
    surface (Any): What the tool says was marked, if it does.
    RETURNS (CharSpan): The span, a `Mark`.
    """
    problem = ""
    start, end, label = 0, 0, ""
    is_list = isinstance(span, (list, tuple)) and len(span) > 1
    if not is_list or (len(span) < 3 and not isinstance(span[0], (list, tuple))):
        problem = f"expected [start, end, label], found: {shorten(span)}"
    else:
        start, end, label, marked = order_span(text, span)
        surface = surface or marked
        if type(start) is not int or type(end) is not int:
            problem = f"expected numbers of characters, found: {shorten(span)}"
        elif not isinstance(label, str) or not label.strip():
            problem = f"expected a label, found: {shorten(span)}"
    if problem:
        label = label if isinstance(label, str) else ""
        return Mark(0, 0, label, problem=problem)
    surface = surface if isinstance(surface, str) else ""
    return Mark(start, end, label, surface=surface)


def order_span(text: str, span: Sequence[Any]) -> Tuple[Any, Any, Any, str]:
    """Find start, end, label and what was marked in a list, whatever their order:
    [0, 4, "ORG"], ["ORG", 0, 4], [[0, 4], "ORG"] or [0, 4, "Acme", "ORG"]."""
    first = span[0]
    is_pair = isinstance(first, (list, tuple)) and len(first) == 2
    parts = [*first, *span[1:]] if is_pair else [*span]
    if len(parts) > 2 and isinstance(first, str) and to_offset(first) is None:
        parts = [*parts[1:3], first, *parts[3:]]
    start, end, *names = parts
    places = to_offset(start), to_offset(end)
    if None not in places:
        start, end = places
    label, other = [*names, None, None][:2]
    if isinstance(label, str) and isinstance(other, str) and None not in places:
        for name, marked in ((other, label), (label, other)):
            if marked == text[start:end] != "" or (
                marked in text and len(marked) == end - start and name not in text
            ):
                return start, end, name, marked
    return start, end, label, ""


def to_offset(value: Any) -> Optional[int]:
    """Read a number of characters, as pandas and hand-written files have it as well:
    4.0 or "4". None if it is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value) if len(value) < 10 else None
    return value if type(value) is int else None


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
