"""Run an entity recognizer again and again, and compute only what changes."""

from dataclasses import dataclass
from typing import Any, Collection, Dict, Iterable, List, Optional, Sequence, Tuple

import numpy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch

from ..growth.encoder import read_features
from ..teacher.features import FrozenListeners, FrozenNetwork
from .bias import Bias, biased, find_network
from .retention import N_COUNTS, Counts, count_retention
from .scaling import Scaling

BATCH_SIZE = 512  # texts
Entities = Optional[List[Tuple[int, int, str]]]


@dataclass
class Found:
    """What was found in examples.

    counts (Floats2d): The counts of each example, see `count_retention`.
    entities (List[Optional[List[Tuple[int, int, str]]]]): Start and end token and label
        of the entities of each, None before it was looked through.
    """

    counts: Counts
    entities: List[Entities]


class TunedRecognizer:
    """An entity recognizer that is run on the same examples with one setting after the
    other. Its encoder runs once, or once for each scale if that changes it.

    nlp (Language): The pipeline.
    component (str): The entity recognizer.
    examples (Iterable[Example]): The examples, from a RehearsalCorpus. They are not
        changed.
    base_labels (Collection[str]): The labels that the base model has.
    scaling (Optional[Scaling]): Scales the network. Without it the scale is 1.
    RAISES (ConfigValidationError): If the component can't be tuned.

    ATTRIBUTES:
    new_labels (List[str]): The labels that the base model lacks.
    examples (List[Example]): The examples.
    """

    def __init__(
        self,
        nlp: Language,
        component: str,
        examples: Iterable[Example],
        base_labels: Collection[str],
        *,
        scaling: Optional[Scaling] = None,
    ) -> None:
        growth = find_network(nlp, component)
        pipe: Any = nlp.get_pipe(component)
        self.examples = [Example(eg.predicted.copy(), eg.reference) for eg in examples]
        self._nlp = nlp
        self._component = component
        self._pipe = pipe
        self._base_labels = frozenset(base_labels)
        self.new_labels = [x for x in pipe.labels if x not in self._base_labels]
        self._scaling = scaling
        self._model = growth.replace_encoder(
            pipe.model,
            read_features(lambda docs: self._network.get_features(docs)),
        )
        self._n_words = sum(len(example.predicted) for example in self.examples)
        self._listeners = FrozenListeners(nlp, self._n_words)
        self._networks: Dict[float, FrozenNetwork] = {}
        self.set_scale(1.0)

    def set_scale(self, scale: float) -> None:
        """Set the scale of what was learned about what was known.

        scale (float): The scale, 1 for what it is after training.
        """
        if self._scaling is not None:
            self._scaling.set(scale)
        changes_encoder = self._scaling is not None and self._scaling.changes_encoder
        key = scale if changes_encoder else 1.0
        if key not in self._networks:
            network = FrozenNetwork(
                self._nlp, self._component, self._listeners, self._n_words
            )
            for batch in minibatch(self.examples, BATCH_SIZE):
                network.get_features([example.predicted for example in batch])
            self._networks[key] = network
        self._network = self._networks[key]

    def find(
        self,
        bias: Bias,
        *,
        like: Optional[Found] = None,
        where: Optional[Iterable[int]] = None,
    ) -> Found:
        """Find the entities with a bias.

        bias (Mapping[str, float]): See `apply_bias`.
        like (Optional[Found]): What is found in the other examples, if not all are
            looked through.
        where (Optional[Iterable[int]]): The examples to look through, by index.
        RETURNS (Found): What is found.
        """
        n_examples = len(self.examples)
        indices = list(range(n_examples) if where is None else where)
        indices.sort(key=lambda i: len(self.examples[i].predicted))
        with biased(self._nlp, self._component, bias):
            for batch in minibatch(indices, BATCH_SIZE):
                self._annotate([self.examples[i].predicted for i in batch])
        if like is None:
            found = Found(numpy.zeros((n_examples, N_COUNTS)), [None] * n_examples)
        else:
            found = Found(like.counts.copy(), [*like.entities])
        for i in indices:
            example = self.examples[i]
            entities = [(e.start, e.end, e.label_) for e in example.predicted.ents]
            if entities != found.entities[i]:
                found.entities[i] = entities
                found.counts[i] = count_retention(example, self._base_labels)
        return found

    def scan(
        self, line: Sequence[Bias], *, above: Optional[Found] = None
    ) -> List[Found]:
        """Find the entities with biases that lie on a line, from the lowest to the
        highest.

        What two of them find alike, those between find too: an action that has the
        highest score with both has it with all between. And where nothing new is found,
        nothing is with a lower bias. So most examples need not be looked through again.

        line (Sequence[Mapping[str, float]]): The biases.
        above (Optional[Found]): What is found with a bias that is nowhere lower.
        RETURNS (List[Found]): What is found with each.
        """
        last = len(line) - 1
        where = None if above is None else self._find_new(above)
        highest = self.find(line[last], like=above, where=where)
        found = {last: highest}
        if last > 0:
            found[0] = self.find(line[0], like=highest, where=self._find_new(highest))
        self._scan_between(line, found, 0, last)
        return [found[i] for i in range(len(line))]

    def _annotate(self, docs: Sequence[Doc]) -> None:
        """Annotate docs as the component does, without its encoder."""
        pipe, model = self._pipe, self._pipe.model
        for doc in docs:
            doc.set_ents([], default="missing")
        pipe.model = self._model
        try:
            pipe.set_annotations(docs, predict(pipe, docs))
        finally:
            pipe.model = model

    def _scan_between(
        self, line: Sequence[Bias], found: Dict[int, Found], low: int, high: int
    ) -> None:
        if high - low < 2:
            return
        middle = (low + high) // 2
        pairs = zip(found[low].entities, found[high].entities)
        where = [i for i, (before, after) in enumerate(pairs) if before != after]
        found[middle] = self.find(line[middle], like=found[low], where=where)
        self._scan_between(line, found, low, middle)
        self._scan_between(line, found, middle, high)

    def _find_new(self, found: Found) -> List[int]:
        """Find the examples in which there are new labels."""
        return [
            i
            for i, entities in enumerate(found.entities)
            if any(label not in self._base_labels for *_, label in entities or ())
        ]


def predict(ner: Any, docs: Sequence[Doc]) -> List[Any]:
    """Do what the method of an entity recognizer does, in half of the time.

    ner (EntityRecognizer): The component.
    docs (Sequence[Doc]): The docs. They are not changed.
    RETURNS (List[StateClass]): The state at the end of each.
    """
    model = ner.model
    states: List[Any]
    if model.get_ref("lower").get_dim("nP") == 1:
        # units of one piece are rectified in single steps, and not by the method
        states = ner.predict(docs)
        return states
    states = ner.moves.init_batch(docs)
    steps = model.predict(docs)
    unfinished = [state for state in states if not state.is_final()]
    while unfinished:
        scores = steps.predict(unfinished)
        unfinished = ner.transition_states(unfinished, scores)
    return states
