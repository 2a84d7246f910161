"""Train an entity recognizer on how sure the teacher is."""

from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import numpy
from spacy.pipeline import EntityRecognizer
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import Model, NumpyOps, set_dropout_rate

from ..errors import config_error
from ..readers.source import MEMORY, get_annotated_labels, get_source, is_open
from ..teacher.teacher import Teacher
from ..tuning.bias import get_actions

# An entity recognizer takes one action per token: B-, I-, L- or U- and a label, or O.
Tags = Sequence[Optional[str]]
State = Any  # spaCy's StateClass, which Cython hides from type checkers
# an example, its tags, and the state before the first token of its doc, in its batch
Task = Tuple[Example, Tags, State]
OPS = NumpyOps()  # the states and scores of spaCy's parsers are always on the CPU
UNKNOWN = -1
# in raw text that is full of new labels, a model that is this sure may be right
SURE = 0.5
# How many states are scored at once. One holds several arrays as long as its doc.
MAX_STATES = 1000


class Step(NamedTuple):
    """What an entity recognizer has to do at a token.

    state (State): The state before the token.
    action (int): The index of the action that is right, or -1.
    unknown (ndarray): Which actions neither gold nor teacher have looked for there, by
        index.
    sure (float): From which probability on that the model gives to these together one
        of them may be right.
    """

    state: State
    action: int
    unknown: numpy.ndarray
    sure: float


class Distillation:
    """Train an entity recognizer on all that the teacher thinks of a token, not
    only on its decision.

    At each token the model is drawn to the probabilities that the teacher gives to
    all actions, if the annotation is what the teacher would do, and else to the
    annotation: hard targets for what is new, soft targets for what is known.
    Tokens with missing annotation are left out. This is distillation (Hinton et al.
    2015, "Distilling the knowledge in a neural network", section 2, with temperature 1)
    as Monaikul et al. 2021, "Continual learning for named entity recognition",
    section 3, use it (ExtendNER).

    The annotation of a memory is older than the new labels, and so is a teacher that
    annotates raw text that is full of them: a token that is no entity there may have
    one of them. At such tokens of a memory, and of raw text where the model is sure of
    a new label, it only chooses among the actions that the teacher has. In gold that
    was annotated label by label, it does so too, but for the labels of the text.

    teacher (Teacher): The frozen base pipeline.
    component (str): The name of its entity recognizer.
    annotation_weight (float): How much a token counts where the model is drawn to the
        annotation. Where it is drawn to the teacher's probabilities, it counts 1.
    """

    def __init__(
        self, teacher: Teacher, component: str, annotation_weight: float = 1.0
    ) -> None:
        self.teacher = teacher
        self.component = component
        self.annotation_weight = annotation_weight

    def __call__(
        self,
        ner: EntityRecognizer,
        examples: Iterable[Example],
        *,
        drop: float,
        losses: Dict[str, float],
    ) -> None:
        """Add the gradients of a batch. Examples that list incorrect spans, which
        leave open what is correct, get those of the component's own update.

        ner (EntityRecognizer): The component in training.
        examples (Iterable[Example]): The batch.
        drop (float): The dropout rate.
        losses (Dict[str, float]): The losses to add to, by component name. As spaCy
            computes them: the sum of the squared gradients of the scores.
        """
        losses.setdefault(ner.name, 0.0)
        self.add_labels(ner)
        examples = list(examples)
        docs = [eg.predicted for eg in examples]
        if not any(map(len, docs)):
            return
        batch_tags = [eg.get_aligned_ner() for eg in examples]
        indices = prepare_actions(ner, batch_tags)
        set_dropout_rate(ner.model, drop)
        # what listens to another component expects all docs of a batch at once
        network, backprop_docs = ner.model.begin_update(docs)
        tutor_network = self.teacher.get_network(self.component).predict(docs)
        key = ner.incorrect_spans_key or ""
        listing: List[Task] = []
        others: List[Task] = []
        for task in zip(examples, batch_tags, ner.moves.init_batch(docs)):
            (listing if task[0].reference.spans.get(key) else others).append(task)
        losses[ner.name] += self.distill(ner, others, network, tutor_network, indices)
        update_with_oracle(ner, listing, network, losses)
        backprop_docs(docs)

    def add_labels(self, ner: EntityRecognizer) -> None:
        """Add the labels that the teacher has and the component in training lacks.

        ner (EntityRecognizer): The component in training.
        RAISES (ConfigValidationError): If it is no entity recognizer.
        """
        if not isinstance(ner, EntityRecognizer):
            raise config_error(
                ["component"],
                f"'{self.component}' of the pipeline in training is no entity "
                "recognizer, as it is in the teacher",
            )
        labels: Sequence[str] = self.teacher.nlp.pipe_labels[self.component]
        for label in labels:
            ner.add_label(label)

    def distill(
        self,
        ner: EntityRecognizer,
        tasks: Sequence[Task],
        network: Model,
        tutor_network: Model,
        indices: Dict[str, int],
    ) -> float:
        """Add the gradients of examples with respect to the scores.

        ner (EntityRecognizer): The component in training.
        tasks (Sequence[Tuple[Example, List[Optional[str]], StateClass]]): The examples.
        network (Model): Scores states, with the docs of the batch.
        tutor_network (Model): The teacher's.
        indices (Dict[str, int]): The index of each action among the scores.
        RETURNS (float): The loss.
        """
        tutor: EntityRecognizer = self.teacher.nlp.get_pipe(self.component)
        tutor_actions = [indices[action] for action in get_actions(tutor)]
        is_new = numpy.ones(len(indices), dtype=bool)
        is_new[tutor_actions] = False
        loss = 0.0
        for batch in minibatch(follow(ner, tasks, indices, is_new), size=MAX_STATES):
            states, actions, unknown, sure = zip(*batch)
            scores, backprop = network.begin_update([*states])
            is_left_out = numpy.stack(unknown)
            total = (OPS.softmax(scores) * is_left_out).sum(axis=1)
            is_left_out[total < numpy.asarray(sure)] = False
            targets = numpy.zeros_like(scores)
            targets[:, tutor_actions] = OPS.softmax(tutor_network.predict([*states]))
            gradient = get_gradient(
                OPS.softmax(numpy.where(is_left_out, -numpy.inf, scores)),
                targets,
                numpy.asarray(actions),
                annotation_weight=self.annotation_weight,
            )
            backprop(gradient)
            loss += float((gradient**2).sum())
        return loss


def prepare_actions(
    ner: EntityRecognizer, batch_tags: Sequence[Tags]
) -> Dict[str, int]:
    """Make sure that an entity recognizer can do what its annotation asks for.

    ner (EntityRecognizer): The component.
    batch_tags (List[List[Optional[str]]]): The BILUO tag of each token.
    RETURNS (Dict[str, int]): The index of each action among its scores.
    """
    needed = {tag for tags in batch_tags for tag in tags if tag}
    for tag in sorted(needed - {"O"}):
        ner.add_label(tag[2:])
    indices = {action: i for i, action in enumerate(get_actions(ner))}
    seen = {indices[action] for action in needed}
    ner.model.attrs["unseen_classes"].difference_update(seen)
    return indices


def follow(
    ner: EntityRecognizer,
    tasks: Iterable[Task],
    indices: Dict[str, int],
    is_new: numpy.ndarray,
) -> Iterator[Step]:
    """Take an entity recognizer through its annotation, token by token.

    ner (EntityRecognizer): The component.
    tasks (Iterable[Tuple[Example, List[Optional[str]], StateClass]]): The examples.
    indices (Dict[str, int]): The index of each action.
    is_new (ndarray): Which actions the teacher does not have.
    YIELDS (Step): What is to be done at each token.
    """
    for example, tags, state in tasks:
        unknown, sure = find_unknown(example, indices, is_new)
        open_label = ""
        for tag in tags:
            action = tag or "O"
            is_valid = ner.moves.is_valid(state, action)
            index = indices[tag] if tag and is_valid else UNKNOWN
            yield Step(state.copy(), index, unknown & (tag == "O"), sure)
            if not is_valid:  # e.g. an entity across the border of a sentence
                action = f"L-{open_label}" if open_label else "O"
            open_label = action[2:] if action[0] in "BI" else ""
            ner.moves.apply_transition(state, action)


def find_unknown(
    example: Example, indices: Dict[str, int], is_new: numpy.ndarray
) -> Tuple[numpy.ndarray, float]:
    """Find the actions that nobody has looked for where an example says that there is
    nothing.

    example (Example): The example.
    indices (Dict[str, int]): The index of each action.
    is_new (ndarray): Which actions the teacher does not have.
    RETURNS (Tuple[ndarray, float]): Which actions, by index, and how sure a model must
        be of them for the example to be no verdict.
    """
    annotated = get_annotated_labels(example.reference)
    if annotated is not None:
        known = [i for action, i in indices.items() if action[2:] in annotated]
        unknown = is_new.copy()
        unknown[known] = False
        return unknown, 0.0
    if not is_open(example):
        return numpy.zeros_like(is_new), 0.0
    return is_new, 0.0 if get_source(example) == MEMORY else SURE


def update_with_oracle(
    ner: EntityRecognizer,
    tasks: Sequence[Task],
    network: Model,
    losses: Dict[str, float],
) -> None:
    """Add the gradients of examples with respect to the scores as spaCy does: the
    component goes its own way, and all actions are right that spaCy's oracle finds
    without a cost.

    ner (EntityRecognizer): The component in training.
    tasks (Sequence[Tuple[Example, List[Optional[str]], StateClass]]): The examples.
    network (Model): Scores states, with the docs of the batch.
    losses (Dict[str, float]): The losses to add to, by component name.
    """
    oracles = [(state, ner.moves.init_gold(state, eg)) for eg, _, state in tasks]
    while oracles:
        states, golds = zip(*oracles)
        scores, backprop = network.begin_update([*states])
        backprop(ner.get_batch_loss(states, golds, scores, losses))
        ner.transition_states(states, scores)
        oracles = [pair for pair in oracles if not pair[0].is_final()]


def get_gradient(
    guesses: numpy.ndarray,
    tutor: numpy.ndarray,
    actions: numpy.ndarray,
    *,
    annotation_weight: float = 1.0,
) -> numpy.ndarray:
    """Get the gradient of the weighted cross-entropy with respect to the scores.

    guesses (ndarray): The model's probability of each action, a row per token.
    tutor (ndarray): The teacher's.
    actions (ndarray): The action that is right for each token, or -1.
    annotation_weight (float): The weight of the tokens where that is not what the
        teacher would do.
    RETURNS (ndarray): The gradient.
    """
    corrected = (tutor.argmax(axis=1) != actions).nonzero()[0]
    targets = tutor.copy()
    targets[corrected] = 0
    targets[corrected, actions[corrected]] = 1
    gradient = guesses - targets
    gradient[corrected] *= annotation_weight
    gradient[actions == UNKNOWN] = 0
    return gradient
