"""Registered callbacks of `[training.before_update]` and `[initialize.before_init]`."""

import weakref
from functools import partial
from typing import Any, Callable, Dict, Iterable, Sequence, Union

from spacy.language import Language
from spacy.pipeline import DependencyParser, EntityRecognizer
from thinc.api import Optimizer

from ..base_pipeline import check_component
from ..errors import config_error
from ..growth.component import initialize_encoders
from ..teacher.teacher import Teacher
from .distillation import Distillation
from .hooks import get_hooks
from .parse_distillation import ParseDistillation
from .soft_targets import SoftTargets

AnyDistillation = Union[Distillation, ParseDistillation, SoftTargets]


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
    component (str): The component in training.
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
            f"'{component}' can't be distilled: its factory is "
            f"{teacher.nlp.get_pipe_meta(component).factory}",
        )
    check_positive("annotation_weight", annotation_weight)
    pipe = teacher.nlp.get_pipe(component)
    distillation: AnyDistillation
    if isinstance(pipe, DependencyParser):
        distillation = ParseDistillation(teacher, component)
    elif isinstance(pipe, EntityRecognizer):
        distillation = Distillation(teacher, component, annotation_weight)
    else:
        distillation = SoftTargets(teacher, component, annotation_weight)
    return DistillationCallback(distillation)


class DistillationCallback:
    """Let a component be updated by distillation.

    distillation (Callable): What updates it.
    """

    def __init__(self, distillation: AnyDistillation) -> None:
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


def create_learn_rate_scale(component: str, scale: float) -> "LearnRateScale":
    """Create a `[training.before_update]` callback that lets a component learn slower
    than the others. A pretrained transformer needs a far lower rate than what listens
    to it. This is discriminative fine-tuning (Howard and Ruder 2018, "Universal
    language model fine-tuning for text classification", section 3.2).

    component (str): The component.
    scale (float): What its learn rate is multiplied by.
    RETURNS (LearnRateScale): The callback.
    RAISES (ConfigValidationError): If the scale is not above 0.
    """
    check_positive("scale", scale)
    return LearnRateScale(component, scale)


class LearnRateScale:
    """Multiply the learn rate of a component for as long as this lives, which the
    training loop sees to.

    component (str): The component.
    scale (float): The factor.
    """

    def __init__(self, component: str, scale: float) -> None:
        self.component = component
        self.scale = scale

    def __call__(self, nlp: Language, info: Dict[str, Any]) -> None:
        check_component(nlp, self.component)
        pipe: Any = nlp.get_pipe(self.component)
        if "finish_update" not in vars(pipe):
            pipe.finish_update = partial(finish_update, pipe.finish_update, self.scale)
            weakref.finalize(self, vars(pipe).pop, "finish_update", None)


def check_positive(name: str, value: Any) -> None:
    """Check that a setting is a number above 0.

    name (str): The setting.
    value (Any): What it is.
    RAISES (ConfigValidationError): If it is something else.
    """
    if not isinstance(value, (int, float)) or value <= 0:
        raise config_error([name], f"must be above 0, found {value!r}")


def finish_update(
    finish: Callable[[Any], None], scale: float, optimizer: Optimizer
) -> None:
    """Update the weights of a component with another learn rate."""
    finish(partial(optimizer, lr_scale=scale))


def create_initialize_encoders(
    components: Sequence[str],
) -> Callable[[Language], None]:
    """Create an `[initialize.before_init]` callback that initializes the encoders of
    components that grow. With static vectors, Thinc could not initialize them together
    with a layer that scores labels.

    components (Sequence[str]): The components.
    RETURNS (Callable[[Language], None]): The callback.
    """
    return partial(initialize_encoders, components=components)


def create_chain(*callbacks: Callable[..., None]) -> "Chain":
    """Put several callbacks in a slot that takes one, such as
    `[training.before_update]`.

    *callbacks (Callable[..., None]): The callbacks, called in this order.
    RETURNS (Chain): The callback.
    """
    return Chain(*callbacks)


class Chain:
    """Several callbacks as one.

    *callbacks (Callable[..., None]): The callbacks.
    """

    def __init__(self, *callbacks: Callable[..., None]) -> None:
        self.callbacks = callbacks

    def __call__(self, nlp: Language, *args: Any) -> None:
        for callback in self.callbacks:
            callback(nlp, *args)
