"""Compare the annotations of a base pipeline and a trained one."""

import heapq
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain, islice, tee
from pathlib import Path
from typing import (
    Any,
    Collection,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc
from tqdm import tqdm

from ..base_pipeline import find_needed_components
from ..errors import config_error
from ..files import has_doc_bins
from ..kinds.base import Annotation, Kind
from ..kinds.registry import find_kinds, kinds
from ..readers.gold import overlaps, read_docs, read_gold
from ..readers.simple import SimpleCorpus

N_DIFFERENCES = 10
N_WARM_UP = 64
Annotations = Set[Annotation]


@dataclass
class Gold:
    """The annotations of a text, by character.

    text (str): The text.
    annotations (Set[Annotation]): Start, end, label and what else they have.
    missing (Sequence[Tuple[int, int]]): The parts that it says nothing about.
    labels (Optional[Collection[str]]): The labels that it says something about. None
        for all.
    """

    text: str
    annotations: Annotations
    missing: Sequence[Tuple[int, int]] = ()
    labels: Optional[Collection[str]] = None

    def pick_comparable(self, found: Annotations) -> Annotations:
        """Pick the annotations that this says to be right or wrong, as spaCy does."""
        if self.labels is not None:
            found = pick(found, self.labels)
        return {e for e in found if not overlaps(self.missing, *e[:2])}


@dataclass
class Pair:
    """The same measure of the base pipeline and of the trained one."""

    before: PRFScore = field(default_factory=PRFScore)
    after: PRFScore = field(default_factory=PRFScore)
    n_gold: int = 0

    def add(self, before: Annotations, after: Annotations, gold: Annotations) -> None:
        self.before.score_set(before, gold)
        self.after.score_set(after, gold)
        self.n_gold += len(gold)

    def to_dict(self) -> Dict[str, Any]:
        return {
            "n_gold": self.n_gold,
            "before": get_percentages(self.before),
            "after": get_percentages(self.after),
        }


class Comparison:
    """Compare the annotations of a base pipeline and a trained one.

    base (Language): The base pipeline.
    trained (Language): The trained pipeline.
    component (Optional[str]): The component to compare. All others are switched off,
        but for those that it listens to. By default the entities are compared,
        whatever sets them.
    RAISES (ConfigValidationError): If one of the pipelines has no such component, or it
        can't be compared.

    ATTRIBUTES:
    kind (Kind): What the component is.
    base_labels (Set[str]): The labels of the base pipeline.
    new_labels (Set[str]): Those that only the trained pipeline has.
    """

    def __init__(
        self, base: Language, trained: Language, *, component: Optional[str] = None
    ) -> None:
        self.pipelines = (base, trained)
        self.component = component
        self.kind: Kind = kinds.get("ner")()
        if component is not None:
            for nlp in self.pipelines:
                name = str(nlp.path or nlp.meta["name"])
                found = find_kinds(
                    nlp.config, [component], base_model=name, loc=["component"]
                )
                self.kind = found[component]
                needed = find_needed_components(nlp.config, [component])
                for name in nlp.component_names:
                    switch = nlp.enable_pipe if name in needed else nlp.disable_pipe
                    switch(name)
        self.base_labels = get_labels(base, component, self.kind)
        self.new_labels = get_labels(trained, component, self.kind) - self.base_labels
        self.seconds = [0.0, 0.0]
        self.n_words = [0, 0]
        self.labels: Dict[str, Pair] = defaultdict(Pair)
        self.became: Dict[str, Counter[str]] = defaultdict(Counter)
        self.agreement = PRFScore()
        self.n_raw = self.n_raw_words = self.n_false_alarms = 0
        self._differences: List[Tuple[int, int, Dict[str, Any]]] = []

    def read_gold(self, path: Path) -> List[Gold]:
        """Read gold that has something to score.

        path (Path): The file, or a directory of .spacy files.
        RETURNS (List[Gold]): Its texts.
        RAISES (ConfigValidationError): If it can't be read, or has no annotation.
        """
        if not path.exists():
            raise config_error(["gold"], f"there is no file or directory '{path}'")
        nlp = self.pipelines[1]
        if has_doc_bins(path):
            texts = list(map(self._read_doc, read_docs(path, nlp)))
        elif self.kind.has_offsets:
            texts = [
                Gold(
                    text.doc.text,
                    set(text.entities),
                    [] if text.is_complete else find_gaps(text.doc.text, text.entities),
                )
                for text in read_gold(path, nlp)
            ]
        else:
            texts = [self._read_doc(eg.reference) for eg in SimpleCorpus(path)(nlp)]
        if not any(text.annotations for text in texts):
            raise config_error(
                ["gold"],
                f"'{path}' has no {self.kind.noun} at all. Is it annotated?",
            )
        return texts

    def add_gold(self, texts: Sequence[Gold]) -> None:
        """Score both pipelines on the gold of one file. A label counts if the file
        has it: a file that annotates new labels only says nothing about the others.

        texts (Sequence[Gold]): The texts of the file.
        """
        used = {label for text in texts for _, _, label, *_ in text.annotations}
        predictions = self._predict([text.text for text in texts])
        for text, found in zip(texts, predictions):
            before, after = map(text.pick_comparable, found)
            for label in used:
                self.labels[label].add(
                    *(pick(part, {label}) for part in (before, after, text.annotations))
                )

    def add_raw(self, texts: Iterable[str]) -> None:
        """Count new labels in raw text, where there are none, and compare the others.

        texts (Iterable[str]): The texts. They are streamed.
        """
        n_before = self.n_words[0]
        for before, after in self._predict(texts):
            self.n_raw += 1
            self.n_false_alarms += len(pick(after, self.new_labels))
            self.agreement.score_set(pick(after, self.base_labels), before)
        self.n_raw_words += self.n_words[0] - n_before

    def to_dict(self) -> Dict[str, Any]:
        """Summarize. Scores are from 0 to 100, and None where there is nothing to
        count.

        RETURNS (Dict[str, Any]): `annotation`: what is compared, "entity" or another
            noun; `new`, `base` and, in `labels`, each label: their
            number in the gold, and precision, recall and F `before` and `after`;
            `unknown_labels`: those of the gold that neither has, not counted in
            `new`; `retention`: F of the base labels after, in % of that before; `raw`;
            `became`: what the trained pipeline made of the base pipeline's annotations:
            the label that they have now, or `outcomes`; `words_per_second`,
            `megabytes`, and `differences`: the texts that differ most.
        """
        new, base = Pair(), Pair()
        unknown = {*self.labels} - self.base_labels - self.new_labels
        for label, pair in self.labels.items():
            if label in unknown:
                continue
            total = base if label in self.base_labels else new
            total.before += pair.before
            total.after += pair.after
            total.n_gold += pair.n_gold
        order = sorted(
            self.labels, key=lambda label: (label in self.base_labels, label)
        )
        speed = [n / max(s, 1e-9) for n, s in zip(self.n_words, self.seconds)]
        sizes = [get_megabytes(nlp) for nlp in self.pipelines]
        return {
            "annotation": self.kind.noun,
            "outcomes": [get_other(self.kind), get_no_label(self.kind)],
            "new_labels": sorted(self.new_labels),
            "unknown_labels": sorted(unknown),
            "new": new.to_dict(),
            "base": base.to_dict(),
            "retention": divide(100 * base.after.fscore, base.before.fscore),
            "labels": {label: self.labels[label].to_dict() for label in order},
            "raw": {
                "texts": self.n_raw,
                "words": self.n_raw_words,
                "agreement": 100 * self.agreement.fscore,
                "false_alarms_per_1000_words": divide(
                    1000 * self.n_false_alarms, self.n_raw_words
                )
                if self.new_labels
                else None,
            }
            if self.n_raw
            else None,
            "became": {
                label: dict(self.became[label].most_common())
                for label in sorted(self.became)
            },
            "words_per_second": {"before": speed[0], "after": speed[1]},
            "megabytes": {"before": sizes[0], "after": sizes[1]},
            "differences": [
                difference
                for _, _, difference in sorted(self._differences, reverse=True)
            ],
        }

    def _read_doc(self, doc: Doc) -> Gold:
        base, trained = self._get_pipe(0), self._get_pipe(1)
        kind = self.kind
        # a label may be known to one of them only
        annotations = {a for p in (base, trained) for a in kind.get_annotations(p, doc)}
        missing_to_base = kind.get_missing(base, doc)
        missing = [m for m in kind.get_missing(trained, doc) if m in missing_to_base]
        labels = kind.get_annotated_labels(trained, doc)
        return Gold(doc.text, annotations, missing, labels)

    def _get_pipe(self, i: int) -> Any:
        name = self.component
        return None if name is None else self.pipelines[i].get_pipe(name)

    def _predict(
        self, texts: Iterable[str]
    ) -> Iterator[Tuple[Annotations, Annotations]]:
        """Yield the annotations of both pipelines, and note how they differ. The two
        take turns, and are warm, so that their speed is measured under the same
        conditions."""
        shown = tqdm(texts, desc="Comparing", unit=" texts", leave=False)
        texts, *copies = tee(self._warm_up(iter(shown)), 3)
        for text, before, after in zip(texts, *map(self._annotate, (0, 1), copies)):
            self._note(text, before, after)
            yield before, after

    def _warm_up(self, texts: Iterator[str]) -> Iterator[str]:
        """Let both pipelines meet the very first texts before."""
        first = list(islice(texts, 0 if self.n_words[0] else N_WARM_UP))
        for nlp in self.pipelines:
            for _ in nlp.pipe(first):
                pass
        return chain(first, texts)

    def _annotate(self, i: int, texts: Iterable[str]) -> Iterator[Annotations]:
        pipe = self._get_pipe(i)
        for doc in self._pipe(i, texts):
            yield set(self.kind.get_annotations(pipe, doc))

    def _pipe(self, i: int, texts: Iterable[str]) -> Iterator[Doc]:
        docs = self.pipelines[i].pipe(texts)
        while True:
            start = time.perf_counter()
            doc = next(docs, None)
            self.seconds[i] += time.perf_counter() - start
            if doc is None:
                return
            self.n_words[i] += len(doc)
            yield doc

    def _note(self, text: str, before: Annotations, after: Annotations) -> None:
        for annotation in sorted(before):
            outcome = find_outcome(annotation, after, self.kind)
            self.became[annotation[2]][outcome] += 1
        n_different = len(before ^ after)
        if n_different:
            shown = [before, after]
            if not self.kind.is_sparse:
                shown = [before - after, after - before]
            sides = zip(("before", "after"), map(sorted, shown))
            # of equal ones the first text
            item = (n_different, -sum(self.n_words), {"text": text, **dict(sides)})
            heapq.heappush(self._differences, item)
            if len(self._differences) > N_DIFFERENCES:
                heapq.heappop(self._differences)


def find_gaps(text: str, annotations: Iterable[Annotation]) -> List[Tuple[int, int]]:
    """Find the parts of a text that have no annotation.

    text (str): The text.
    annotations (Iterable[Annotation]): Its annotations.
    RETURNS (List[Tuple[int, int]]): Start and end of each part.
    """
    gaps, end = [], 0
    for next_start, next_end, *_ in sorted(annotations):
        gaps.append((end, next_start))
        end = max(end, next_end)
    return [(i, j) for i, j in [*gaps, (end, len(text))] if i < j]


def find_outcome(annotation: Annotation, after: Annotations, kind: Kind) -> str:
    """Tell what became of an annotation of the base pipeline.

    annotation (Annotation): The annotation.
    after (Set[Annotation]): Those of the trained pipeline in the same text.
    kind (Kind): What kind of annotation it is.
    RETURNS (str): The label that it has now, "other borders" or "no entity".
    """
    start, end, label, *_ = annotation
    if annotation in after:
        return str(label)
    overlapping = sorted(e for e in after if overlaps([e], start, end))
    if not overlapping:
        return get_no_label(kind)
    labels = [other[2] for other in overlapping]
    return get_other(kind) if label in labels else str(labels[0])


def get_no_label(kind: Kind) -> str:
    """Get the name of the outcome that an annotation is gone."""
    return f"no {kind.noun}"


def get_other(kind: Kind) -> str:
    """Get the name of the outcome that an annotation has its label, and yet changed."""
    return f"other {kind.detail}"


def get_labels(nlp: Language, component: Optional[str], kind: Kind) -> Set[str]:
    """Get the labels of a component, or of all that set `doc.ents`."""
    if component is None:
        return {
            label
            for name in nlp.pipe_names
            if "doc.ents" in nlp.get_pipe_meta(name).assigns
            for label in nlp.pipe_labels.get(name, [])
        }
    if not kind.has_labels:
        return {kind.noun}
    return set(kind.get_known_labels(nlp.get_pipe(component)))


def pick(annotations: Annotations, labels: Collection[str]) -> Annotations:
    return {annotation for annotation in annotations if annotation[2] in labels}


def get_percentages(score: PRFScore) -> Dict[str, float]:
    return {
        "p": 100 * score.precision,
        "r": 100 * score.recall,
        "f": 100 * score.fscore,
    }


def get_megabytes(nlp: Language) -> Optional[float]:
    """Get the size of a pipeline's files."""
    if nlp.path is None:
        return None
    files = (path for path in Path(nlp.path).rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files) / 1e6


def divide(numerator: float, denominator: float) -> Optional[float]:
    return numerator / denominator if denominator else None
