"""Examples from spaCy's simple training style and from annotation tools."""

from pathlib import Path
from typing import Callable, Iterable, Iterator, List, Optional, Sequence, Set

from spacy import util
from spacy.language import Language
from spacy.training import Example
from spacy.training.augment import dont_augment
from thinc.api import ConfigValidationError

from ..errors import config_error
from ..tokenizing import make_doc
from .annotating import ALIGNMENTS, INCORRECT_SPANS_KEY, OVERLAPS, Annotator
from .as_spans import find_learners, set_spans
from .formats.annotated import Annotated
from .formats.registry import check_format, read_annotated
from .formats.sources import find_annotated_files
from .formats.tally import Tally, list_shown
from .warn_once import warn_once

Augmenter = Callable[[Language, Example], Iterable[Example]]


def create_simple_corpus(
    path: Path,
    format: Optional[str] = None,
    misaligned: str = "error",
    incorrect_spans_key: str = INCORRECT_SPANS_KEY,
    augmenter: Optional[Augmenter] = None,
    overlapping: str = "error",
    tag_names: Sequence[str] = (),
) -> "SimpleCorpus":
    """Create a reader of spaCy's simple training style and of what annotation tools
    export.

    path (Path): A .jsonl, .json, .py, .csv, .tsv, .txt or .ann file, or a directory of
        such.
    format (Optional[str]): "simple", "prodigy", "doccano", "label_studio", "dataturks",
        "spans", "tokens", "argilla" or "token_spans". By default the first record of
        each file tells.
    misaligned (str): What to do with entities whose borders are no token borders, or
        that have no place in their text: "error"; "expand" or "contract" them to whole
        tokens; mark their tokens as "missing", so that nothing is learned from them; or
        "skip" the text. Of a text with an entity that has no place, all that is no
        entity is missing, whichever of the three middle ones is set.
    incorrect_spans_key (str): Key of `doc.spans` for the spans that a binary answer
        has rejected.
    augmenter (Optional[Callable]): Customizable data augmenter, as for
        `spacy.Corpus.v1`.
    overlapping (str): What to do with entities that overlap: "error"; keep the
        "longest", as `spacy.util.filter_spans` does; mark their tokens as "missing"; or
        "skip" the text.
    tag_names (Sequence[str]): What tags that are numbers stand for, in order.
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
        overlapping=overlapping,
        tag_names=tag_names,
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
        overlapping: str = "error",
        tag_names: Sequence[str] = (),
    ) -> None:
        check_format(format)
        for name, value, choices in (
            ("misaligned", misaligned, ALIGNMENTS),
            ("overlapping", overlapping, OVERLAPS),
        ):
            if value not in choices:
                raise config_error(
                    [name], f"must be one of {', '.join(choices)}, found '{value}'"
                )
        self.path = Path(path)
        self.format = format
        self.misaligned = misaligned
        self.incorrect_spans_key = incorrect_spans_key
        self.augmenter = augmenter or dont_augment
        self.overlapping = overlapping
        self.tag_names = tag_names
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
            entities do not fit the text and that is an error.
        """
        if self._checked_with is nlp:
            examples = self._make_examples(nlp, self.read(), self._create_annotator())
        else:
            examples = iter(self.check(nlp))
            self._checked_with = nlp
        for example in examples:
            yield from self.augmenter(nlp, example)

    def read(self, *, tally: Optional[Tally] = None) -> Iterator[Annotated]:
        """Read the annotated texts, without making examples of them.

        tally (Optional[Tally]): Takes what is wrong, and counts.
        YIELDS (Annotated): The texts.
        """
        return read_annotated(
            self.path,
            format=self.format,
            tag_names=self.tag_names,
            tally=Tally() if tally is None else tally,
        )

    def check(self, nlp: Language) -> List[Example]:
        """Read all files, and report what does not fit.

        nlp (Language): The pipeline that tokenizes.
        RETURNS (List[Example]): The examples, before they are augmented.
        RAISES (ConfigValidationError): See `__call__`.
        """
        tally = Tally()
        texts = list(self.read(tally=tally))
        if not texts and not tally.errors:
            raise config_error(
                ["path"],
                f"there is no annotated text in '{self.path}'. Is it empty, or is "
                "every record one that is skipped? In Python, is the list "
                "written out?" + " ".join(["", *tally.describe()]),
            )
        self._cats = {name for text in texts for name in text.cats}
        self.has_rejected = any(text.rejected for text in texts)
        annotator = self._create_annotator()
        examples = list(self._make_examples(nlp, iter(texts), annotator, tally=tally))
        self._report(nlp, tally, annotator)
        if not examples:
            raise config_error(
                ["path"], f"all {len(texts)} texts of '{self.path}' are skipped"
            )
        return examples

    def _report(self, nlp: Language, tally: Tally, annotator: Annotator) -> None:
        """Report what does not fit.

        RAISES (ConfigValidationError): If that is an error.
        """
        if tally.left_out or tally.unread or tally.notes:
            util.logger.info(". ".join(tally.describe()))
        problems = annotator.problems
        advice = [
            *(
                ["misaligned to 'expand', 'contract', 'missing' or 'skip'"]
                * bool(
                    self.misaligned == "error" and (problems.misaligned or tally.bad)
                )
            ),
            *(
                ["overlapping to 'longest', 'missing' or 'skip'"]
                * bool(self.overlapping == "error" and problems.overlapping)
            ),
        ]
        reports = [
            report("record can't be read", "records can't be read", tally.errors),
            report(
                "entity has no place in its text",
                "entities have no place in their text",
                tally.bad,
            ),
            report(
                "entity does not align with the tokens",
                "entities do not align with the tokens",
                problems.misaligned,
            ),
            report(
                "entity overlaps with another one",
                "entities overlap with another one",
                problems.overlapping,
            ),
        ]
        shown = "\n".join(r for r in reports if r)
        if advice:
            shown += f"\nCorrect them, or set {', and '.join(advice)}."
        if tally.errors or advice:
            raise config_error(["path"], shown)
        moved = report(
            "entity is not where its offsets are, but nearby",
            "entities are not where their offsets are, but nearby",
            tally.moved,
        )
        for warning in (shown, moved):
            if warning:
                warn_once(nlp, warning)

    def _create_annotator(self) -> Annotator:
        return Annotator(self.misaligned, self.overlapping, self.incorrect_spans_key)

    def _make_examples(
        self,
        nlp: Language,
        texts: Iterator[Annotated],
        annotator: Annotator,
        *,
        tally: Optional[Tally] = None,
    ) -> Iterator[Example]:
        learners = find_learners(nlp)
        for annotated in texts:
            set_spans(annotated, learners)
            if annotated.has_all_cats:
                annotated.cats = {**dict.fromkeys(self._cats, 0.0), **annotated.cats}
            try:
                predicted = make_doc(nlp, annotated.text)
                example = Example.from_dict(predicted, annotated.tokens)
                if example.reference.text != annotated.text:
                    raise ValueError(f"its words do not add up to: {annotated.text}")
                is_used = annotator.annotate(example.reference, annotated)
            except ConfigValidationError:
                raise
            except Exception as err:  # whatever spaCy raises for wrong annotations
                if tally is None:
                    raise config_error(["path"], f"{annotated.place}: {err}") from None
                tally.errors.append(f"{annotated.place}: {err}")
                continue
            if is_used:
                yield example


def report(one: str, many: str, problems: List[str]) -> str:
    """Say how many problems of a kind there are, and which. "" if there are none."""
    if not problems:
        return ""
    n = len(problems)
    return f"{n} {one if n == 1 else many}:\n{list_shown(problems)}"
