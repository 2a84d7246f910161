"""Gold examples, completed by the teacher."""

from collections import Counter
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional

from spacy import util
from spacy.language import Language
from spacy.training import Example
from spacy.training.augment import dont_augment
from spacy.util import SimpleFrozenDict

from ..kinds.base import Completion, Kind, get_plural
from ..teacher.teacher import Teacher
from .source import GOLD, set_source

Reader = Callable[[Language], Iterable[Example]]


class CompletedGold:
    """Read gold examples, count their labels, and complete them.

    The examples are held in memory, and read anew only if they can have changed: if
    their reader has an augmenter or is none of spaCy's.

    reader (Callable[[Language], Iterable[Example]]): The user's annotations.
    teacher (Teacher): The frozen base pipeline.
    kinds (Mapping[str, Kind]): The components in training, and what they are.
    settings (Mapping[str, Any]): The corpus settings that some kinds take.

    ATTRIBUTES:
    counts (Counter[str]): What became of the teacher's annotations when the gold was
        last completed; see the completions in `kinds/`.
    """

    def __init__(
        self,
        reader: Reader,
        teacher: Teacher,
        kinds: Mapping[str, Kind],
        settings: Mapping[str, Any],
    ) -> None:
        self.reader = reader
        self.teacher = teacher
        self.kinds = kinds
        self.settings = settings
        self.counts: Counter[str] = Counter()
        self._nlp: Optional[Language] = None
        self._labels: Dict[str, Counter[str]] = {}
        self._examples: Optional[List[Example]] = None
        self._completed: Optional[List[Example]] = None

    def __call__(self, nlp: Language) -> List[Example]:
        """Get the completed examples.

        nlp (Language): The pipeline in training.
        RETURNS (List[Example]): The examples.
        """
        self.count_labels(nlp)
        is_augmented = getattr(self.reader, "augmenter", None) is not dont_augment
        if self._completed is None or is_augmented:
            if self._examples is None:
                self._read(nlp)
            examples, self._examples = self._examples or [], None
            self._completed = list(self._complete(nlp, examples))
        return self._completed

    def count_labels(self, nlp: Language) -> Dict[str, Counter[str]]:
        """Count the labels of the gold, after the label map. Reads the gold once.

        nlp (Language): The pipeline in training.
        RETURNS (Dict[str, Counter[str]]): The number of annotations with each label,
            by component.
        """
        if self._nlp is not nlp:
            self._nlp, self._completed = nlp, None
            self._read(nlp)
        return self._labels

    def _read(self, nlp: Language) -> None:
        self._labels = {name: Counter() for name in self.kinds}
        self._examples = []
        for example in self.reader(nlp):
            self._examples.append(example)
            for name, kind in self.kinds.items():
                labels = kind.get_labels(nlp.get_pipe(name), example.reference)
                map_ = get_settings(kind, self.settings).get("label_map", {})
                self._labels[name].update(map_.get(label, label) for label in labels)

    def _complete(self, nlp: Language, examples: List[Example]) -> Iterator[Example]:
        completions = create_completions(nlp, self.kinds, self.settings, self._labels)
        silver_docs = self.teacher.predict(eg.reference.text for eg in examples)
        for example, silver in zip(examples, silver_docs):
            reference = example.reference
            for complete in completions:
                reference = complete(reference, silver)
            set_source(reference, GOLD)
            yield Example(example.predicted, reference)
        is_first_call = not self.counts
        self.counts = Counter()
        for completion in completions:
            self.counts += completion.counts
        if self.counts["unaligned"] and is_first_call:
            util.logger.warning(
                "%d of the teacher's annotations in the gold texts have borders that "
                "are no token borders there. Tokens of such entities are left missing, "
                "such spans left out.",
                self.counts["unaligned"],
            )
        for kind, completion in zip(self.kinds.values(), completions):
            if completion.counts["unknown"] and is_first_call:
                util.logger.warning(
                    "%d %s of the gold %s. They are left missing.",
                    completion.counts["unknown"],
                    get_plural(kind.noun),
                    kind.unknown,
                )


def create_completions(
    nlp: Language,
    kinds: Mapping[str, Kind],
    settings: Mapping[str, Any],
    gold_labels: Mapping[str, Iterable[str]] = SimpleFrozenDict(),
) -> List[Completion]:
    """Create what completes a doc, for each component in training.

    nlp (Language): The pipeline in training.
    kinds (Mapping[str, Kind]): The components, and what they are.
    settings (Mapping[str, Any]): The corpus settings that some kinds take.
    gold_labels (Mapping[str, Iterable[str]]): The labels that the gold annotates, by
        component. None for raw text.
    RETURNS (List[Completion]): The completions.
    """
    return [
        kind.create_completion(
            nlp.get_pipe(name),
            gold_labels=frozenset(gold_labels.get(name, ())),
            **get_settings(kind, settings),
        )
        for name, kind in kinds.items()
    ]


def get_settings(kind: Kind, settings: Mapping[str, Any]) -> Dict[str, Any]:
    """Get the settings that a kind takes."""
    return {name: settings[name] for name in kind.settings if name in settings}
