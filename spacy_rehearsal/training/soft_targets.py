"""Train a component that scores labels on how sure the teacher is."""

from functools import partial
from typing import Any, Callable, Dict, Iterable, List, Tuple

import numpy
from spacy.training import Example
from thinc.api import ConfigValidationError, Model

from ..errors import config_error
from ..kinds.base import Kind
from ..readers.source import SILVER, get_annotated_labels, get_source
from ..teacher.teacher import Teacher
from .distillation import OPS

Loss = Tuple[float, Any]
GetLoss = Callable[[Iterable[Example], Any], Loss]


class SoftTargets:
    """Train a component on all that the teacher thinks of a token, a span or a text,
    not only on its decision. The component scores each label, and updates itself by the
    gradient of these scores, as all of spaCy's do but entity recognizers and parsers.

    Where the annotation is what the teacher would give, the component is drawn to the
    teacher's probabilities, and else to the annotation: hard targets for what is new,
    soft targets for what is known. Tokens of the gold are learned as they are
    annotated: there the gold says all, and knows better. This is distillation (Hinton
    et al. 2015, "Distilling the knowledge in a neural network", section 2, with
    temperature 1).

    Raw text says nothing of new labels where several can be true: to give none of the
    old ones is no verdict on them. Nor does gold that was annotated in passes, of those
    that nobody has looked for in a text.

    teacher (Teacher): The frozen base pipeline.
    component (str): The name of its component.
    annotation_weight (float): How much a score counts that is drawn to the annotation.
        One that is drawn to the teacher's probability counts 1.
    """

    def __init__(
        self, teacher: Teacher, component: str, annotation_weight: float = 1.0
    ) -> None:
        self.teacher = teacher
        self.component = component
        self.annotation_weight = annotation_weight

    @property
    def kind(self) -> Kind:
        return self.teacher.kinds[self.component]

    def __call__(
        self,
        pipe: Any,
        examples: Iterable[Example],
        *,
        drop: float,
        losses: Dict[str, float],
    ) -> None:
        """Add the gradients of a batch.

        pipe (TrainablePipe): The component in training.
        examples (Iterable[Example]): The batch.
        drop (float): The dropout rate.
        losses (Dict[str, float]): The losses to add to, by component name.
        """
        pipe.get_loss = partial(self.get_loss, pipe, pipe.get_loss)
        try:
            pipe.update(examples, drop=drop, losses=losses)
        finally:
            del pipe.get_loss

    def add_labels(self, pipe: Any) -> None:
        """Check that the outputs of the component are the teacher's, and more.

        pipe (TrainablePipe): The component in training.
        RAISES (ConfigValidationError): If it is another one.
        """
        labels = self.kind.get_known_labels(self.teacher.nlp.get_pipe(self.component))
        if self.kind.get_known_labels(pipe)[: len(labels)] != labels:
            raise labels_error(self.component)

    def get_loss(
        self, pipe: Any, get_loss: GetLoss, examples: List[Example], scores: Any
    ) -> Loss:
        """Get the loss of a batch, and the gradient of its scores.

        pipe (TrainablePipe): The component in training.
        get_loss (Callable): Gets them by the annotation alone.
        examples (List[Example]): The batch.
        scores (Any): The scores, in the form that the component's network puts out;
            behind the spans that they are of, if it is for spans.
        RETURNS (Tuple[float, Any]): The loss, and the gradient.
        """
        loss, gradient = get_loss(examples, scores)
        inputs: Any = [eg.predicted for eg in examples]
        is_exclusive = self.kind.is_exclusive(pipe)
        is_silver = numpy.asarray([get_source(eg) == SILVER for eg in examples])
        n_rows = None
        if isinstance(scores, tuple):
            spans, scores = scores
            inputs = inputs, spans
            n_rows = OPS.to_numpy(spans.lengths)
        tutor: Any = self.teacher.nlp.get_pipe(self.component)
        show_probabilities(tutor.model)
        targets = self.teacher.get_network(self.component).predict(inputs)
        soften_one = partial(
            soften, is_exclusive=is_exclusive, annotation_weight=self.annotation_weight
        )
        if isinstance(scores, list):  # of the tokens, in each doc
            of_docs = zip(scores, gradient, targets, is_silver)
            return loss, [
                soften_one(*arrays) if silver else arrays[1]
                for *arrays, silver in of_docs
            ]
        softened = soften_one(scores, gradient, targets)
        if not is_exclusive:
            is_open = numpy.stack([find_open(pipe, eg) for eg in examples])
            if n_rows is not None:
                is_open = is_open.repeat(n_rows, axis=0)
            is_open[:, : targets.shape[1]] = False
            softened[pipe.model.ops.xp.asarray(is_open)] = 0
        return loss, softened


def find_open(pipe: Any, example: Example) -> numpy.ndarray:
    """Find the labels of which an example says nothing: all in raw text, and those that
    nobody has looked for in gold.

    pipe (TrainablePipe): The component in training.
    example (Example): The example.
    RETURNS (ndarray): For each label whether it is one.
    """
    annotated = get_annotated_labels(example.reference)
    if get_source(example) == SILVER or annotated is None:
        return numpy.full(len(pipe.labels), get_source(example) == SILVER)
    return numpy.asarray([label not in annotated for label in pipe.labels])


def labels_error(component: str) -> ConfigValidationError:
    """Make the error for a component that lacks labels of the teacher's."""
    return config_error(
        ["component"],
        f"'{component}' of the pipeline in training does not have the "
        "labels of the teacher's. Source it from the base pipeline",
    )


def soften(
    scores: Any,
    gradient: Any,
    targets: Any,
    *,
    is_exclusive: bool,
    annotation_weight: float = 1.0,
) -> Any:
    """Draw scores to those of the teacher, where their annotation is what the teacher
    would give.

    scores (Floats2d): The probability of each label, a row for each of what it labels.
    gradient (Floats2d): The gradient of the loss by the annotation: the difference to
        it, or 0 where it is missing.
    targets (Floats2d): The teacher's probabilities. Its labels are the first ones.
    is_exclusive (bool): Whether the scores in a row add up to 1, so that a row is drawn
        to the teacher's or to the annotation as a whole.
    annotation_weight (float): The weight of the latter.
    RETURNS (Floats2d): The gradient.
    """
    n_known = targets.shape[1]
    annotation = scores - gradient
    known = annotation[:, :n_known]
    if is_exclusive:
        is_known = gradient.any(axis=1, keepdims=True)
        best = annotation.argmax(axis=1), targets.argmax(axis=1)
        agrees = is_known & (best[0] == best[1])[:, None]
        soft = scores.copy()
        soft[:, :n_known] -= targets
        softened = agrees * soft + ~agrees * annotation_weight * gradient
    else:
        agrees = (gradient[:, :n_known] != 0) & ((known > 0.5) == (targets > 0.5))
        softened = annotation_weight * gradient
        softened[:, :n_known] = (
            agrees * (scores[:, :n_known] - targets) + ~agrees * softened[:, :n_known]
        )
    return softened.astype(gradient.dtype)


def show_probabilities(model: Model) -> None:
    """Let a network always put out probabilities. Some of spaCy's do only in training,
    and leave out what does not change which label is the best."""
    for node in model.walk():
        if "softmax_normalize" in node.attrs:
            node.attrs["softmax_normalize"] = True
