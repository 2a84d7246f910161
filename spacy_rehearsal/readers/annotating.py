"""Set what was annotated on a doc, and tell what does not fit."""

from dataclasses import dataclass, field
from typing import Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from .formats.annotated import Annotated, CharSpan, find_overlaps, shorten

ALIGNMENTS = ("error", "expand", "contract", "missing", "skip")
OVERLAPS = ("error", "longest", "missing", "skip")
INCORRECT_SPANS_KEY = "incorrect_spans"


class Misaligned(NamedTuple):
    """An entity whose borders are no token borders.

    place (str): File and line.
    text (str): The whole text.
    surface (str): The part of it that is annotated.
    label (str): The label.
    """

    place: str
    text: str
    surface: str
    label: str

    def __str__(self) -> str:
        is_space = not self.surface.strip()
        surface = self.surface if is_space else shorten(self.surface)
        what = "white space" if is_space else "not made of whole tokens"
        return (
            f"{self.place}: {self.label} '{surface}' is {what} in: {shorten(self.text)}"
        )


@dataclass
class Problems:
    """What does not fit, of all texts.

    ATTRIBUTES:
    misaligned (List[str]): Entities whose borders are no token borders.
    overlapping (List[str]): Entities that begin before others have ended.
    """

    misaligned: List[str] = field(default_factory=list)
    overlapping: List[str] = field(default_factory=list)


@dataclass
class Annotator:
    """Set the annotations of texts on docs.

    For the settings see `create_simple_corpus`.

    ATTRIBUTES:
    problems (Problems): What did not fit.
    """

    misaligned: str = "error"
    overlapping: str = "error"
    incorrect_spans_key: str = INCORRECT_SPANS_KEY
    problems: Problems = field(default_factory=Problems)

    def annotate(self, doc: Doc, annotated: Annotated) -> bool:
        """Set the annotations of a text on its doc.

        doc (Doc): The doc. It is changed.
        annotated (Annotated): The annotations.
        RETURNS (bool): Whether the text is to be used. With "error", what does not fit
            counts as missing.
        RAISES (ValueError): If a link has no entity.
        """
        problems = self.problems
        n_before = len(problems.misaligned), len(problems.overlapping)
        doc.cats = annotated.cats
        for key, group in annotated.spans.items():
            doc.spans[key] = self._align_all(doc, group, annotated)
        check_links(annotated)
        if annotated.entities is not None:
            self._set_entities(doc, annotated)
        if annotated.rejected:
            rejected = self._align_all(doc, annotated.rejected, annotated)
            doc.spans[self.incorrect_spans_key] = rejected
        is_misaligned = annotated.bad or len(problems.misaligned) > n_before[0]
        is_overlapping = len(problems.overlapping) > n_before[1]
        return not (
            (self.misaligned == "skip" and is_misaligned)
            or (self.overlapping == "skip" and is_overlapping)
        )

    def _set_entities(self, doc: Doc, annotated: Annotated) -> None:
        given = annotated.entities or []
        unclear = [*annotated.unknown]
        overlapping = {span for pair in find_overlaps(given) for span in pair}
        self.problems.overlapping += describe_overlaps(annotated)
        if overlapping and self.overlapping != "longest":
            unclear += [(start, end) for start, end, _ in overlapping]
            given = [span for span in given if span not in overlapping]
        entities: List[Span] = []
        for entity in sorted(given):
            span = self._align(doc, entity, annotated)
            is_taken = entities and span and span.start < entities[-1].end
            if span is None or (is_taken and self.overlapping != "longest"):
                unclear.append(entity[:2])
            else:
                entities.append(span)
        entities = filter_spans(entities)
        missing: Set[int] = set()
        for start, end in unclear:
            covered = doc.char_span(start, end, alignment_mode="expand")
            missing.update(range(covered.start, covered.end) if covered else ())
        if not annotated.is_complete:
            missing.update(range(len(doc)))
        missing -= {i for ent in entities for i in range(ent.start, ent.end)}
        doc.set_ents(
            entities,
            missing=[doc[i : i + 1] for i in sorted(missing)],
            default="outside",
        )

    def _align_all(
        self, doc: Doc, spans: Iterable[CharSpan], annotated: Annotated
    ) -> List[Span]:
        found = (self._align(doc, span, annotated) for span in spans)
        return [span for span in found if span is not None]

    def _align(
        self, doc: Doc, char_span: CharSpan, annotated: Annotated
    ) -> Optional[Span]:
        """Find the tokens of a span. None if it has no tokens of its own."""
        start, end, label = char_span
        surface = annotated.text[start:end]
        kb_id = annotated.links.get((start, end), "")
        span = doc.char_span(start, end, label, kb_id=kb_id)
        if span is not None and surface.strip():
            return span
        found = Misaligned(annotated.place, annotated.text, surface, label)
        self.problems.misaligned.append(str(found))
        if self.misaligned not in ("expand", "contract") or not surface.strip():
            return None
        return doc.char_span(
            start, end, label, kb_id=kb_id, alignment_mode=self.misaligned
        )


def describe_overlaps(annotated: Annotated) -> List[str]:
    """Say which entities of a text have a part in common."""
    found = []
    for pair in find_overlaps(annotated.entities or []):
        left, right = (f"{label} '{annotated.text[i:j]}'" for i, j, label in pair)
        found.append(
            f"{annotated.place}: {left} and {right} overlap. A token can be part of "
            f"one entity only, in: {shorten(annotated.text)}"
        )
    return found


def check_links(annotated: Annotated) -> None:
    """Check that links are of entities.

    RAISES (ValueError): If one is not.
    """
    unlinked: Dict[Tuple[int, int], None] = dict.fromkeys(annotated.links)
    for start, end, _ in annotated.entities or []:
        unlinked.pop((start, end), None)
    if unlinked:
        raise ValueError(f"no entity at the link {next(iter(unlinked))}")
