"""Train a parser on how sure the teacher is."""

from typing import Any, Dict, Iterable

from spacy.training import Example

from ..growth.encoder import is_listener
from ..readers.source import SILVER, get_source
from ..teacher.teacher import Teacher
from ..tuning.bias import get_actions
from .imitation import Imitation
from .soft_targets import labels_error


class ParseDistillation:
    """Train a parser on all that the teacher thinks of its way through raw text, and on
    the annotation of other texts; on that alone if it listens to a component that is in
    training too, which takes no part of a batch.

    teacher (Teacher): The frozen base pipeline.
    component (str): The name of its parser.
    """

    def __init__(self, teacher: Teacher, component: str) -> None:
        self.teacher = teacher
        self.component = component
        self.imitation = Imitation(teacher, component)

    def __call__(
        self,
        pipe: Any,
        examples: Iterable[Example],
        *,
        drop: float,
        losses: Dict[str, float],
    ) -> None:
        """Add the gradients of a batch.

        pipe (DependencyParser): The component in training.
        examples (Iterable[Example]): The batch.
        drop (float): The dropout rate.
        losses (Dict[str, float]): The losses to add to, by component name.
        """
        examples = list(examples)
        listens = any(is_listener(node) for node in pipe.model.walk())
        is_silver = [get_source(eg) == SILVER and not listens for eg in examples]
        silver = [eg for eg, chosen in zip(examples, is_silver) if chosen]
        others = [eg for eg, chosen in zip(examples, is_silver) if not chosen]
        if others:
            pipe.update(others, drop=drop, losses=losses)
        if silver:
            self.imitation(pipe, silver, drop=drop, losses=losses)

    def add_labels(self, pipe: Any) -> None:
        """Check that the parser has the actions of the teacher's.

        pipe (DependencyParser): The component in training.
        RAISES (ConfigValidationError): If it is another one.
        """
        tutor: Any = self.teacher.nlp.get_pipe(self.component)
        if not {*get_actions(tutor)} <= {*get_actions(pipe)}:
            raise labels_error(self.component)
