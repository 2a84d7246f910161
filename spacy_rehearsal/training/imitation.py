"""Train an entity recognizer or a parser on what another does with text."""

from typing import Any, Dict, Iterable, Iterator, List, Tuple

import numpy
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import set_dropout_rate

from ..teacher.teacher import Teacher
from ..tuning.bias import get_actions
from .distillation import MAX_STATES, OPS, State


class Imitation:
    """Train a component on the probabilities that the teacher's gives to all actions,
    in each state on the teacher's way through a text. No annotation is needed.

    This is distillation (Hinton et al. 2015, "Distilling the knowledge in a neural
    network", section 2) with soft targets alone and temperature 1.

    teacher (Teacher): The pipeline to imitate.
    component (str): Its component. The one in training has its actions, and perhaps
        others, which the teacher never takes.
    """

    def __init__(self, teacher: Teacher, component: str) -> None:
        self.teacher = teacher
        self.component = component

    def __call__(
        self,
        pipe: Any,
        examples: Iterable[Example],
        *,
        drop: float,
        losses: Dict[str, float],
    ) -> None:
        """Add the gradients of a batch.

        pipe (Parser): The component in training.
        examples (Iterable[Example]): The batch. Only the tokens are used.
        drop (float): The dropout rate.
        losses (Dict[str, float]): The losses to add to, by component name.
        """
        losses.setdefault(pipe.name, 0.0)
        docs = [eg.predicted for eg in examples]
        indices = {action: i for i, action in enumerate(get_actions(pipe))}
        tutor = self.teacher.nlp.get_pipe(self.component)
        actions = [indices[action] for action in get_actions(tutor)]
        set_dropout_rate(pipe.model, drop)
        steps, backprop_docs = pipe.model.begin_update(docs)
        for pairs in minibatch(self.follow(docs), size=MAX_STATES):
            states, targets = zip(*pairs)
            scores, backprop = steps.begin_update([*states])
            gradient = OPS.softmax(scores)
            gradient[:, actions] -= OPS.softmax(numpy.stack(targets))
            backprop(gradient)
            losses[pipe.name] += float((gradient**2).sum())
        backprop_docs(docs)

    def follow(self, docs: List[Doc]) -> Iterator[Tuple[State, numpy.ndarray]]:
        """Let the teacher go through docs.

        docs (List[Doc]): The docs.
        YIELDS (Tuple[State, ndarray]): Each state, and the teacher's score of each
            action in it.
        """
        tutor: Any = self.teacher.nlp.get_pipe(self.component)
        steps = self.teacher.get_network(self.component).predict(docs)
        states: List[State] = tutor.moves.init_batch(docs)
        while states:
            scores = steps.predict(states)
            yield from zip([state.copy() for state in states], scores)
            states = tutor.transition_states(states, scores)
