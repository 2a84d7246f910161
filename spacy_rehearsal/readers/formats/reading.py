"""Read an annotated file: recognize the format, and look the spans up in the texts."""

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from ...errors import config_error
from .annotated import Annotated, BadSpan, CharSpan, shorten
from .offsets import SpanError, convert, find_astral, is_aligned, place_span
from .recognition import get_formats, is_annotated, recognize_format
from .sources import read_records
from .tags import are_iob_labels, are_numbers, join_tagged, set_tagged
from .tally import Tally

OTHER = "another annotation of a text"
TWICE = "marked twice"
JOINED = "joined with the part before"
OUTSIDE = "labelled O"


# how offsets can be counted otherwise, and what to add to them
SHIFTS = {
    "ends are those of the last character": (0, 1),
    "offsets count from 1, and ends are those of the last character": (-1, 0),
    "offsets count from 1": (-1, -1),
}
MIN_SHIFTED = 3  # spans that show that a file counts so
MOST_SHIFTED = 10  # times as many as show the opposite


class Conventions(NamedTuple):
    """What one has to know of a whole file to read its spans.

    is_utf16 (bool): Whether offsets count the units of UTF-16, an emoji as two.
    has_tags (bool): Whether labels are tags of the parts of entities, as B-SHOP.
    shift (Tuple[int, int]): What to add to starts and ends.
    """

    is_utf16: bool = False
    has_tags: bool = False
    shift: Tuple[int, int] = (0, 0)


class FileReading:
    """Read one file, as often as needed.

    path (Path): The file.
    format (Optional[str]): See `read_annotated`.
    tag_names (Sequence[str]): See `read_annotated`.
    """

    def __init__(
        self, path: Path, format: Optional[str], tag_names: Sequence[str]
    ) -> None:
        self.path = path
        self.formats = get_formats()
        self.format = format
        self.tag_names = tag_names

    def read(self, tally: Tally) -> Iterator[Annotated]:
        """Read the texts, with spans as they are in the text.

        tally (Tally): Takes what is wrong, and counts.
        YIELDS (Annotated): The texts.
        """
        conventions: Optional[Conventions] = None
        tasks: Set[Any] = set()
        for annotated in self.parse(tally):
            n_marks = len(annotated.marks)
            tally.in_file += n_marks + sum(annotated.left_out.values())
            tally.left_out.update(annotated.left_out)
            tally.unread.update(annotated.unread)
            if annotated.skipped or (
                annotated.task is not None and annotated.task in tasks
            ):
                tally.leave_out(annotated.skipped or OTHER, n_marks)
                continue
            if annotated.task is not None:
                tasks.add(annotated.task)
            if conventions is None and may_have_conventions(annotated):
                conventions = self.find_conventions(tally)
            finish(annotated, conventions or Conventions(), tally)
            yield annotated

    def parse(self, tally: Tally) -> Iterator[Annotated]:
        """Parse the records. Nothing is looked up in the texts.

        tally (Tally): Takes the records that can't be read.
        YIELDS (Annotated): The texts, also those that are skipped.
        """
        reader = self.formats[self.format] if self.format else None
        unnamed: Sequence[Any] = ()
        for where, record in self.read_records(tally):
            place = f"{self.path}, {where}"
            try:
                if reader is None:
                    reader = self.formats[recognize_format(record, self.formats)]
            except ValueError as err:
                raise config_error(["path"], f"{place}: {err}") from None
            try:
                annotated = reader.parse(record)
                if annotated is None:
                    continue
                if are_numbers(annotated.tags) and not self.tag_names:
                    unnamed = annotated.tags
                elif annotated.tags:
                    set_tagged(annotated, self.tag_names)
                if not isinstance(annotated.task, (int, str, type(None))):
                    raise ValueError(f"expected a number as id: {shorten(record)}")
            except ValueError as err:
                tally.errors.append(f"{place}: {err}")
                continue
            except (AttributeError, KeyError, TypeError, IndexError) as err:
                tally.errors.append(
                    f"{place}: a record of another form than expected ({err!r}): "
                    f"{shorten(record)}"
                )
                continue
            if unnamed:
                raise config_error(
                    ["tag_names"],
                    f"{place}: its tags are numbers, {shorten(unnamed)}: set tag_names "
                    "(audit --tag-names) to what they stand for, in order, e.g. "
                    '["O", "B-PERSON", "I-PERSON"]',
                )
            annotated.file, annotated.place = str(self.path), place
            yield annotated

    def read_records(self, tally: Tally) -> Iterator[Tuple[str, Any]]:
        records = read_records(self.path, self.is_record, tally)
        first = next(records, None)
        if first is None:
            return
        name = self.format or self._recognize(first[1])
        if name and self.formats[name].needs_preparation:
            again = read_records(self.path, self.is_record, Tally())
            self.formats[name].prepare(record for _, record in again)
        yield from chain([first], records)

    def _recognize(self, record: Any) -> str:
        try:
            return recognize_format(record, self.formats)
        except ValueError:
            return ""

    def is_record(self, value: Any) -> bool:
        """Tell whether a value of a file is a record, and no part of one."""
        if self.format and self.formats[self.format].recognizes(value):
            return True
        return is_annotated(value, self.formats)

    def find_conventions(self, tally: Tally) -> Conventions:
        """Look through the whole file for how its spans are to be understood."""
        votes = [0, 0]
        shifts: Counter[str] = Counter()
        labels: Set[str] = set()
        for annotated in self.parse(Tally()):
            labels.update(label for _, _, label in annotated.marks if label)
            count_votes(annotated, votes)
            count_shifts(annotated, shifts)
        is_utf16 = votes[1] > votes[0]
        shift = "" if is_utf16 else choose_shift(shifts)
        conventions = Conventions(
            is_utf16, are_iob_labels(labels), SHIFTS.get(shift, (0, 0))
        )
        if shift:
            tally.notes.append(f"{self.path}: {shift}, as {shifts[shift]} spans show")
        if conventions.is_utf16:
            tally.notes.append(
                f"{self.path}: offsets count an emoji as two (UTF-16), as "
                f"{votes[1]} of {sum(votes)} spans show"
            )
        if conventions.has_tags:
            tally.notes.append(
                f"{self.path}: labels are tags, as B-SHOP and I-SHOP; the parts of "
                "entities are put together"
            )
        return conventions


def may_have_conventions(annotated: Annotated) -> bool:
    labels = (label for _, _, label in annotated.marks)
    return bool(
        (annotated.marks and find_astral(annotated.text))
        or any(label[1:2] in ("-", "_") or label == "O" for label in labels)
        or any(find_shifts(annotated))
    )


def find_shifts(annotated: Annotated) -> Iterator[str]:
    """Find the ways to count offsets with which spans fit the text, and "" where they
    fit only as they are."""
    for mark in annotated.marks:
        if getattr(mark, "surface", "") or getattr(mark, "problem", ""):
            continue
        start, end, _ = mark
        fitting = [
            name
            for name, (left, right) in SHIFTS.items()
            if is_aligned(annotated.text, start + left, end + right)
        ]
        if not is_aligned(annotated.text, start, end):
            yield from fitting
        elif not fitting:
            yield ""


def count_shifts(annotated: Annotated, shifts: "Counter[str]") -> None:
    shifts.update(find_shifts(annotated))


def choose_shift(shifts: "Counter[str]") -> str:
    """Choose the way to count that nearly all telling spans show. "" if it is the usual
    one."""
    best, *others = [*shifts.most_common(2), ("", 0)]
    is_clear = best[0] and best[1] >= MIN_SHIFTED and best[1] > others[0][1]
    return best[0] if is_clear and best[1] >= MOST_SHIFTED * shifts[""] else ""


def count_votes(annotated: Annotated, votes: List[int]) -> None:
    """Count the spans that fit the text with offsets in characters only, and those
    that fit it with offsets in the units of UTF-16 only."""
    text = annotated.text
    astral = find_astral(text)
    for mark in annotated.marks if astral else ():
        start, end, _ = mark
        surface = getattr(mark, "surface", "")
        if getattr(mark, "problem", "") or end <= astral[0]:
            continue
        converted = convert(astral, start, end)
        fits = is_aligned(text, start, end, surface)
        fits_converted = converted is not None and is_aligned(text, *converted, surface)
        if fits != fits_converted:
            votes[fits_converted] += 1


def finish(annotated: Annotated, conventions: Conventions, tally: Tally) -> None:
    """Look the spans of a text up in it.

    annotated (Annotated): The text. It is changed.
    conventions (Conventions): How spans are to be understood.
    tally (Tally): Takes what is wrong, and counts.
    """
    placed: Dict[Tuple[int, int], Tuple[int, int]] = {}

    def place_all(spans: Sequence[CharSpan]) -> List[CharSpan]:
        found = []
        for span in spans:
            given = span
            if not getattr(span, "surface", "") and not getattr(span, "problem", ""):
                left, right = conventions.shift
                given = (span[0] + left, span[1] + right, span[2])
            try:
                new, is_moved = place_span(
                    annotated.text, given, is_utf16=conventions.is_utf16
                )
            except SpanError as err:
                annotated.bad.append(BadSpan(str(err), err.reason, span[2]))
                tally.leave_out(err.reason, 1)
                tally.bad.append(f"{annotated.place}: {err}")
                continue
            if is_moved:
                start, end, label = new
                tally.moved.append(
                    f"{annotated.place}: {label} '{shorten(annotated.text[start:end])}'"
                    f" from [{span[0]}, {span[1]}] to [{start}, {end}]"
                )
            placed[span[:2]] = new[:2]
            found.append(new)
        return found

    annotated.rejected = place_all(annotated.rejected)
    annotated.spans = {key: place_all(g) for key, g in annotated.spans.items()}
    if annotated.entities is not None:
        entities = place_all(annotated.entities)
        once = list(dict.fromkeys(entities))  # tools store what is marked twice twice
        tally.leave_out(TWICE, len(entities) - len(once))
        if conventions.has_tags:
            inside = [span for span in once if span[2] != "O"]
            tally.leave_out(OUTSIDE, len(once) - len(inside))
            once = join_tagged(annotated.text, inside)
            tally.leave_out(JOINED, len(inside) - len(once))
        annotated.entities = once
    if annotated.bad:  # what has no place in the text may be anywhere in it
        annotated.is_complete = False
    annotated.links = {placed.get(k, k): v for k, v in annotated.links.items()}
