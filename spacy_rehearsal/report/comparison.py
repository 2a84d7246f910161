"""Score a base pipeline and a trained one on the same texts."""

import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.util import SimpleFrozenDict

from ..errors import config_error, list_names
from ..kinds.base import Annotation, Kind, get_plural
from ..readers.gold import overlaps
from .gold import Gold, pick, read_comparable
from .runner import Annotations, Runner, run_side_by_side

N_DIFFERENCES = 10


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

    base (Language): The base pipeline. All that it has switched on runs.
    trained (Language): The trained pipeline.
    component (Optional[str]): The component to compare. By default the entities are
        compared, whatever sets them.
    label_map (Mapping[str, str]): Labels that count as another one, in the gold too.
    RAISES (ConfigValidationError): If one of the pipelines has no such component, or it
        can't be compared, or neither has a label of the label map.

    ATTRIBUTES:
    kind (Kind): What the component is.
    base_labels (Set[str]): The labels of the base pipeline.
    new_labels (Set[str]): Those that only the trained pipeline has.
    """

    def __init__(
        self,
        base: Language,
        trained: Language,
        *,
        component: Optional[str] = None,
        label_map: Mapping[str, str] = SimpleFrozenDict(),
    ) -> None:
        self.base = Runner(base, component, label_map)
        self.trained = Runner(trained, component, label_map)
        self.kind = self.trained.kind
        self.label_map = label_map
        self._check_label_map()
        self.base_labels = self.base.labels
        self.new_labels = self.trained.labels - self.base_labels
        self.labels: Dict[str, Pair] = defaultdict(Pair)
        self.became: Dict[str, Counter[str]] = defaultdict(Counter)
        self.agreement = PRFScore()
        self.n_texts = self.n_raw = self.n_raw_words = self.n_false_alarms = 0
        self._differences: List[Tuple[int, int, Dict[str, Any]]] = []

    def _check_label_map(self) -> None:
        if self.label_map and "label_map" not in self.kind.settings:
            raise config_error(
                ["label_map"], f"there is none for {get_plural(self.kind.noun)}"
            )
        known = self.base.own_labels | self.trained.own_labels
        unknown = sorted(set(self.label_map) - known)
        if unknown:
            raise config_error(
                ["label_map"],
                f"neither pipeline has the label '{unknown[0]}'. They have: "
                f"{list_names(sorted(known))}",
            )

    def read_gold(self, path: Path) -> List[Gold]:
        """Read gold that has something to score.

        path (Path): The file, or a directory of such.
        RETURNS (List[Gold]): Its texts.
        RAISES (ConfigValidationError): If it can't be read, or has no annotation.
        """
        return read_comparable(path, self.base, self.trained)

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
        n_before = self.base.n_words
        for before, after in self._predict(texts):
            self.n_raw += 1
            self.n_false_alarms += len(pick(after, self.new_labels))
            self.agreement.score_set(pick(after, self.base_labels), before)
        self.n_raw_words += self.base.n_words - n_before

    def to_dict(self) -> Dict[str, Any]:
        """Summarize. Scores are from 0 to 100, and None where there is nothing to
        count.

        RETURNS (Dict[str, Any]): `annotation`: what is compared, "entity" or another
            noun; `label_map`; `new`, `base` and, in `labels`, each label: their
            number in the gold, and precision, recall and F `before` and `after`;
            `unknown_labels`: those of the gold that neither has, which are in none of
            the totals; `retention`: F of the base labels after, in % of
            that before; `raw`;
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
        return {
            "annotation": self.kind.noun,
            "label_map": dict(self.label_map),
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
            "words_per_second": {
                "before": self.base.words_per_second,
                "after": self.trained.words_per_second,
            },
            "megabytes": {
                "before": self.base.megabytes,
                "after": self.trained.megabytes,
            },
            "differences": [
                difference
                for _, _, difference in sorted(self._differences, reverse=True)
            ],
        }

    def _predict(
        self, texts: Iterable[str]
    ) -> Iterator[Tuple[Annotations, Annotations]]:
        """Yield the annotations of both pipelines, and note how they differ."""
        for text, before, after in run_side_by_side(self.base, self.trained, texts):
            self._note(text, before, after)
            yield before, after

    def _note(self, text: str, before: Annotations, after: Annotations) -> None:
        self.n_texts += 1
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
            item = (n_different, -self.n_texts, {"text": text, **dict(sides)})
            heapq.heappush(self._differences, item)
            if len(self._differences) > N_DIFFERENCES:
                heapq.heappop(self._differences)


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


def get_percentages(score: PRFScore) -> Dict[str, float]:
    return {
        "p": 100 * score.precision,
        "r": 100 * score.recall,
        "f": 100 * score.fscore,
    }


def divide(numerator: float, denominator: float) -> Optional[float]:
    return numerator / denominator if denominator else None
