"""Registered callbacks of `[training.before_update]`."""

from typing import Any, Callable, Dict, Iterable

from spacy.language import Language

from ..base_pipeline import check_component
from ..errors import config_error
from ..teacher.teacher import Teacher
from .distillation import Distillation
from .hooks import get_hooks

BeforeUpdate = Callable[[Language, Dict[str, Any]], None]


def create_dropout_schedule(schedule: Iterable[float]) -> "DropoutSchedule":
    """Create a `[training.before_update]` callback that sets the dropout rate of
    each training step, for every component in training. The rate replaces the constant
    `[training] dropout`.

    schedule (Iterable[float]): The dropout rate of each step, from 0 to 1. The last
        one stays when it ends.
    RETURNS (DropoutSchedule): The callback.
    """
    return DropoutSchedule(schedule)


class DropoutSchedule:
    """Set the dropout rate of each training step.

    schedule (Iterable[float]): The rates.
    """

    def __init__(self, schedule: Iterable[float]) -> None:
        self._rates = iter(schedule)

    def __call__(self, nlp: Language, info: Dict[str, Any]) -> None:
        for rate in self._rates:
            get_hooks(nlp).set_drop(rate, owner=self)
            return


def create_distillation(
    teacher: Teacher, component: str = "ner", annotation_weight: float = 1.0
) -> "DistillationCallback":
    """Create a `[training.before_update]` callback that trains a component on the
    probabilities that the teacher gives to each decision, and on the annotation
    where the teacher would decide otherwise. See `Distillation`.

    teacher (Teacher): The frozen base pipeline.
    component (str): The component in training, an entity recognizer.
    annotation_weight (float): How much a token counts where the teacher would decide
        otherwise, in relation to the others. More than 1 learns new labels faster.
    RETURNS (DistillationCallback): The callback.
    RAISES (ConfigValidationError): If the teacher has no such component, or the
        weight is not above 0.
    """
    teacher.check_component(component)
    if not teacher.kinds[component].is_distillable:
        raise config_error(
            ["component"],
            f"'{component}' can't be distilled yet, only entity recognizers",
        )
    if annotation_weight <= 0:
        message = f"must be above 0, found {annotation_weight}"
        raise config_error(["annotation_weight"], message)
    return DistillationCallback(Distillation(teacher, component, annotation_weight))


class DistillationCallback:
    """Let a component be updated by distillation.

    distillation (Distillation): What updates it.
    """

    def __init__(self, distillation: Distillation) -> None:
        self.distillation = distillation

    def __call__(self, nlp: Language, info: Dict[str, Any]) -> None:
        name = self.distillation.component
        get_hooks(nlp).set_component_update(name, self.distillation, owner=self)

    def prepare(self, nlp: Language) -> None:
        """Check that the pipeline has the component, and add what labels of the
        teacher's it lacks.

        nlp (Language): The pipeline in training.
        RAISES (ConfigValidationError): If it has no such component, or another one of
            that name.
        """
        name = self.distillation.component
        check_component(nlp, name)
        self.distillation.add_labels(nlp.get_pipe(name))


def create_chain(*callbacks: BeforeUpdate) -> "Chain":
    """Put several callbacks in the one `[training.before_update]` slot.

    *callbacks (Callable[[Language, Dict[str, Any]], None]): The callbacks, called
        in this order.
    RETURNS (Chain): The callback.
    """
    return Chain(*callbacks)


class Chain:
    """Several callbacks as one.

    *callbacks (Callable[[Language, Dict[str, Any]], None]): The callbacks.
    """

    def __init__(self, *callbacks: BeforeUpdate) -> None:
        self.callbacks = callbacks

    def __call__(self, nlp: Language, info: Dict[str, Any]) -> None:
        for callback in self.callbacks:
            callback(nlp, info)
