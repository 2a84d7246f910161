"""Examples from spaCy's simple training style and from annotation tools."""

from pathlib import Path
from typing import Callable, Iterable, Iterator, List, NamedTuple, Optional, Set

from spacy import util
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.training.augment import dont_augment
from thinc.api import ConfigValidationError

from ..errors import config_error
from ..tokenizing import make_doc
from .formats.annotated import Annotated, CharSpan, find_overlaps, shorten
from .formats.records import find_annotated_files
from .formats.registry import check_format, read_annotated

INCORRECT_SPANS_KEY = "incorrect_spans"
ALIGNMENTS = ("error", "expand", "contract", "missing")
MAX_SHOWN = 10
Augmenter = Callable[[Language, Example], Iterable[Example]]


def create_simple_corpus(
    path: Path,
    format: Optional[str] = None,
    misaligned: str = "error",
    incorrect_spans_key: str = INCORRECT_SPANS_KEY,
    augmenter: Optional[Augmenter] = None,
) -> "SimpleCorpus":
    """Create a reader of spaCy's simple training style and of what annotation tools
    export, all with character offsets.

    path (Path): A .jsonl, .json or .py file, or a directory of such.
    format (Optional[str]): "simple", "prodigy", "doccano", "label_studio" or
        "dataturks". By default the first record of each file tells.
    misaligned (str): What to do with entities whose borders are no token borders:
        "error"; "expand" or "contract" them to whole tokens; or mark their tokens as
        "missing", so that nothing is learned from them.
    incorrect_spans_key (str): Key of `doc.spans` for the spans that a binary answer
        has rejected.
    augmenter (Optional[Callable]): Customizable data augmenter, as for
        `spacy.Corpus.v1`.
    RETURNS (SimpleCorpus): The reader.
    RAISES (ConfigValidationError): If a setting is none of these, or there is no
        such file.
    """
    return SimpleCorpus(
        path,
        format=format,
        misaligned=misaligned,
        incorrect_spans_key=incorrect_spans_key,
        augmenter=augmenter,
    )


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


class SimpleCorpus:
    """Iterate over annotated texts. The first call for a pipeline holds them in memory;
    later ones stream, except for files that are one JSON list.

    For the settings see `create_simple_corpus`.

    ATTRIBUTES:
    has_rejected (bool): Whether there are rejected spans. Known after the first call.
    """

    def __init__(
        self,
        path: Path,
        *,
        format: Optional[str] = None,
        misaligned: str = "error",
        incorrect_spans_key: str = INCORRECT_SPANS_KEY,
        augmenter: Optional[Augmenter] = None,
    ) -> None:
        check_format(format)
        if misaligned not in ALIGNMENTS:
            raise config_error(
                ["misaligned"],
                f"must be one of {', '.join(ALIGNMENTS)}, found '{misaligned}'",
            )
        self.path = Path(path)
        self.format = format
        self.misaligned = misaligned
        self.incorrect_spans_key = incorrect_spans_key
        self.augmenter = augmenter or dont_augment
        self.has_rejected = False
        self._checked_with: Optional[Language] = None
        self._cats: Set[str] = set()
        find_annotated_files(self.path)

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Yield an example per text. The first call for a pipeline makes all of them
        before, so that whatever is wrong in them is said at the start, and together.

        nlp (Language): The pipeline that tokenizes.
        YIELDS (Example): The examples.
        RAISES (ConfigValidationError): If a record can't be read, there is none, or
            entities do not align with tokens and that is an error.
        """
        if self._checked_with is nlp:
            examples: Iterable[Example] = (
                self._make_example(nlp, text, []) for text in self.read()
            )
        else:
            examples = self.check(nlp)
            self._checked_with = nlp
        for example in examples:
            yield from self.augmenter(nlp, example)

    def read(self) -> Iterator[Annotated]:
        """Read the annotated texts, without making examples of them.

        YIELDS (Annotated): The texts.
        """
        return read_annotated(self.path, format=self.format)

    def check(self, nlp: Language) -> List[Example]:
        """Read all files, and report entities that do not align with tokens.

        nlp (Language): The pipeline that tokenizes.
        RETURNS (List[Example]): The examples, before they are augmented.
        RAISES (ConfigValidationError): See `__call__`.
        """
        texts = list(self.read())
        if not texts:
            raise config_error(
                ["path"],
                f"there is no annotated text in '{self.path}'. Is it empty, or is "
                "every record one that is skipped? In Python, is the list "
                "written out?",
            )
        self._cats = {name for text in texts for name in text.cats}
        self.has_rejected = any(text.rejected for text in texts)
        problems: List[Misaligned] = []
        examples = [self._make_example(nlp, text, problems) for text in texts]
        if problems:
            n = f"{len(problems)} entit{'y does' if len(problems) == 1 else 'ies do'}"
            report = [
                f"{n} not align with the tokens:",
                *(f"  {problem}" for problem in problems[:MAX_SHOWN]),
            ]
            if len(problems) > MAX_SHOWN:
                report.append(f"  and {len(problems) - MAX_SHOWN} more")
            if self.misaligned == "error":
                report.append(
                    "Correct them, or set misaligned to 'expand', 'contract' or "
                    "'missing'."
                )
                raise config_error(["path"], "\n".join(report))
            util.logger.warning("\n".join(report))
        return examples

    def _make_example(
        self, nlp: Language, annotated: Annotated, problems: List[Misaligned]
    ) -> Example:
        if annotated.has_all_cats:
            annotated.cats = {**dict.fromkeys(self._cats, 0.0), **annotated.cats}
        try:
            predicted = make_doc(nlp, annotated.text)
            example = Example.from_dict(predicted, annotated.tokens)
            if example.reference.text != annotated.text:
                raise ValueError(f"its words do not add up to: {annotated.text}")
            annotate(
                example.reference,
                annotated,
                alignment=self.misaligned,
                incorrect_spans_key=self.incorrect_spans_key,
                problems=problems,
            )
        except ConfigValidationError:
            raise
        except Exception as err:  # whatever spaCy raises for wrong annotations
            raise config_error(["path"], f"{annotated.place}: {err}") from None
        return example


def annotate(
    doc: Doc,
    annotated: Annotated,
    *,
    alignment: str,
    incorrect_spans_key: str,
    problems: List[Misaligned],
) -> None:
    """Set the annotations of a text on its doc.

    doc (Doc): The doc. It is changed.
    annotated (Annotated): The annotations.
    alignment (str): See `create_simple_corpus`. With "error" entities that do not
        align count as missing.
    incorrect_spans_key (str): Key of `doc.spans` for rejected spans.
    problems (List[Misaligned]): Takes what does not align.
    RAISES (ValueError): If two entities overlap, or a link has no entity.
    """
    doc.cats = annotated.cats
    for key, group in annotated.spans.items():
        spans = (align(doc, s, alignment, annotated, problems) for s in group)
        doc.spans[key] = [span for span in spans if span is not None]
    check_overlaps(annotated)
    if annotated.entities is None:
        return
    entities: List[Span] = []
    missing: Set[int] = set()
    for entity in sorted(annotated.entities):
        span = align(doc, entity, alignment, annotated, problems)
        if span is None or (entities and span.start < entities[-1].end):
            start, end, _ = entity
            covered = doc.char_span(start, end, alignment_mode="expand")
            missing.update(range(covered.start, covered.end) if covered else ())
        else:
            entities.append(span)
    if not annotated.is_complete:
        missing.update(range(len(doc)))
    missing -= {i for ent in entities for i in range(ent.start, ent.end)}
    doc.set_ents(
        entities, missing=[doc[i : i + 1] for i in sorted(missing)], default="outside"
    )
    if annotated.rejected:
        rejected = (
            align(doc, s, alignment, annotated, problems) for s in annotated.rejected
        )
        doc.spans[incorrect_spans_key] = [span for span in rejected if span is not None]


def align(
    doc: Doc,
    char_span: CharSpan,
    alignment: str,
    annotated: Annotated,
    problems: List[Misaligned],
) -> Optional[Span]:
    """Find the tokens of a span.

    RETURNS (Optional[Span]): The span, or None if it has no tokens of its own.
    """
    start, end, label = char_span
    surface = annotated.text[start:end]
    kb_id = annotated.links.get((start, end), "")
    span = doc.char_span(start, end, label, kb_id=kb_id)
    if span is not None and surface.strip():
        return span
    problems.append(Misaligned(annotated.place, annotated.text, surface, label))
    if alignment not in ("expand", "contract") or not surface.strip():
        return None
    return doc.char_span(start, end, label, kb_id=kb_id, alignment_mode=alignment)


def check_overlaps(annotated: Annotated) -> None:
    """Check that no token is part of two entities, and that links are of entities.

    RAISES (ValueError): If it is, or one is not.
    """
    entities = annotated.entities or []
    for pair in find_overlaps(entities):
        left, right = (f"{label} '{annotated.text[i:j]}'" for i, j, label in pair)
        raise ValueError(
            f"{left} and {right} overlap. A token can be part of one entity only, in: "
            f"{shorten(annotated.text)}"
        )
    unlinked = dict.fromkeys(annotated.links)
    for start, end, _ in entities:
        unlinked.pop((start, end), None)
    if unlinked:
        raise ValueError(f"no entity at the link {next(iter(unlinked))}")
