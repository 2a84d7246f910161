"""Compare a trained pipeline with its base: what was learned, and what was lost."""

import heapq
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import tee
from pathlib import Path
from typing import (
    Any,
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

from .audit import GoldText, overlaps
from .readers.formats import CharSpan

NO_ENTITY = "no entity"
OTHER_BORDERS = "other borders"
N_DIFFERENCES = 10
Entities = Set[CharSpan]


@dataclass
class Pair:
    """The same measure of the base pipeline and of the trained one."""

    before: PRFScore = field(default_factory=PRFScore)
    after: PRFScore = field(default_factory=PRFScore)
    n_gold: int = 0

    def add(self, before: Entities, after: Entities, gold: Entities) -> None:
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
    """Compare the entities of a base pipeline and a trained one.

    base (Language): The base pipeline.
    trained (Language): The trained pipeline.

    ATTRIBUTES:
    base_labels (Set[str]): The entity labels of the base pipeline.
    new_labels (Set[str]): Those that only the trained pipeline has.
    """

    def __init__(self, base: Language, trained: Language) -> None:
        self.pipelines = (base, trained)
        self.base_labels = get_entity_labels(base)
        self.new_labels = get_entity_labels(trained) - self.base_labels
        self.seconds = [0.0, 0.0]
        self.n_words = [0, 0]
        self.labels: Dict[str, Pair] = defaultdict(Pair)
        self.became: Dict[str, Counter[str]] = defaultdict(Counter)
        self.agreement = PRFScore()
        self.n_raw = self.n_raw_words = self.n_false_alarms = 0
        self._differences: List[Tuple[int, int, Dict[str, Any]]] = []

    def add_gold(self, texts: Sequence[GoldText]) -> None:
        """Score both pipelines on the gold of one file. A label counts if the file
        has it: a file that annotates new labels only says nothing about the others.

        texts (Sequence[GoldText]): The texts of the file.
        """
        used = {label for text in texts for _, _, label in text.entities}
        predictions = self._predict([text.doc.text for text in texts])
        for gold_text, (before, after) in zip(texts, predictions):
            gold = set(gold_text.entities)
            if not gold_text.is_complete:
                before, after = (
                    {e for e in found if overlaps(gold_text.entities, *e[:2])}
                    for found in (before, after)
                )
            for label in used:
                self.labels[label].add(
                    *(pick(found, {label}) for found in (before, after, gold))
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

        RETURNS (Dict[str, Any]): `new`, `base` and, in `labels`, each label: their
            number in the gold, and precision, recall and F `before` and `after`;
            `retention`: F of the base labels after, in % of that before; `raw`;
            `became`: what the trained pipeline made of the base pipeline's entities;
            `words_per_second`, `megabytes`, and `differences`: the texts that differ
            most.
        """
        new, base = Pair(), Pair()
        for label, pair in self.labels.items():
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
            "new_labels": sorted(self.new_labels),
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
                ),
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

    def _predict(self, texts: Iterable[str]) -> Iterator[Tuple[Entities, Entities]]:
        """Yield the entities of both pipelines, and note how they differ. The two take
        turns, so that their speed is measured under the same conditions."""
        shown = tqdm(texts, desc="Comparing", unit=" texts", leave=False)
        texts, *copies = tee(shown, 3)
        for text, *docs in zip(texts, *map(self._pipe, (0, 1), copies)):
            before, after = map(get_entities, docs)
            self._note(text, before, after)
            yield before, after

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

    def _note(self, text: str, before: Entities, after: Entities) -> None:
        for entity in sorted(before):
            self.became[entity[2]][find_outcome(entity, after)] += 1
        n_different = len(before ^ after)
        if n_different:
            entry = {"text": text, "before": sorted(before), "after": sorted(after)}
            # of equal ones the first text
            item = (n_different, -sum(self.n_words), entry)
            heapq.heappush(self._differences, item)
            if len(self._differences) > N_DIFFERENCES:
                heapq.heappop(self._differences)


def find_outcome(entity: CharSpan, after: Entities) -> str:
    """Tell what became of an entity of the base pipeline.

    entity (CharSpan): The entity.
    after (Entities): The trained pipeline's entities in the same text.
    RETURNS (str): The label that it has now, "other borders" or "no entity".
    """
    start, end, label = entity
    if entity in after:
        return label
    overlapping = sorted(e for e in after if overlaps([e], start, end))
    if not overlapping:
        return NO_ENTITY
    labels = {name for _, _, name in overlapping}
    return OTHER_BORDERS if label in labels else overlapping[0][2]


def get_entity_labels(nlp: Language) -> Set[str]:
    """Get the labels of all components that set `doc.ents`."""
    return {
        label
        for name in nlp.pipe_names
        if "doc.ents" in nlp.get_pipe_meta(name).assigns
        for label in nlp.pipe_labels.get(name, [])
    }


def get_entities(doc: Doc) -> Entities:
    return {(e.start_char, e.end_char, e.label_) for e in doc.ents}


def pick(entities: Entities, labels: Set[str]) -> Entities:
    return {entity for entity in entities if entity[2] in labels}


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
