from functools import partial
from typing import Any, Callable, Dict, Iterable, List, Optional

from spacy import util
from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from thinc.api import ConfigValidationError
from wasabi import msg

from .base_model import FittingBaseModel
from .distillation import Distillation
from .errors import config_error
from .readers.rehearsal import RehearsalCorpus
from .readers.simple import SimpleCorpus
from .scorers import RetentionScorer, SourceScorer
from .teacher import Teacher
from .update import get_update

BeforeUpdate = Callable[[Language, Dict[str, Any]], None]


def create_dropout_schedule(schedule: Iterable[float]) -> BeforeUpdate:
    """Create a `[training.before_update]` callback that sets the dropout rate of
    each training step, for every component in training.

    The rate replaces the constant `[training] dropout`. The pipeline object that was
    trained keeps the last rate for its `nlp.update`; what is saved does not.

    schedule (Iterable[float]): The dropout rate of each step, from 0 to 1. The last
        one stays when it ends.
    RETURNS (Callable[[Language, Dict[str, Any]], None]): The callback.
    """
    rates = iter(schedule)

    def set_dropout(nlp: Language, info: Dict[str, Any]) -> None:
        update = get_update(nlp)
        update.drop = next(rates, update.drop)

    return set_dropout


def create_distillation(
    teacher: Teacher, component: str = "ner", annotation_weight: float = 1.0
) -> BeforeUpdate:
    """Create a `[training.before_update]` callback that trains a component on the
    probabilities that the teacher gives to each decision, and on the annotation
    where the teacher would decide otherwise. See `Distillation`.

    teacher (Teacher): The frozen base pipeline.
    component (str): The component in training, an entity recognizer.
    annotation_weight (float): How much a token counts where the teacher would decide
        otherwise, in relation to the others. More than 1 learns new labels faster.
    RETURNS (Callable[[Language, Dict[str, Any]], None]): The callback.
    RAISES (ConfigValidationError): If the teacher has no such component, or the
        weight is not above 0.
    """
    teacher.check_component(component)
    if not isinstance(teacher.nlp.get_pipe(component), EntityRecognizer):
        raise config_error(
            ["component"],
            f"'{component}' can't be distilled yet, only entity recognizers",
        )
    if annotation_weight <= 0:
        message = f"must be above 0, found {annotation_weight}"
        raise config_error(["annotation_weight"], message)
    distillation = Distillation(teacher, component, annotation_weight)

    def distill(nlp: Language, info: Dict[str, Any]) -> None:
        get_update(nlp).components[component] = distillation

    return distill


def create_chain(*callbacks: BeforeUpdate) -> BeforeUpdate:
    """Put several callbacks in the one `[training.before_update]` slot.

    *callbacks (Callable[[Language, Dict[str, Any]], None]): The callbacks, called
        in this order.
    RETURNS (Callable[[Language, Dict[str, Any]], None]): The callback.
    """

    def chain(nlp: Language, info: Dict[str, Any]) -> None:
        for callback in callbacks:
            callback(nlp, info)

    return chain


def create_prepare(
    base_model: FittingBaseModel, scorer: Optional[RetentionScorer] = None
) -> Callable[[Language], None]:
    """Create an `[initialize.after_init]` callback that checks the base model and
    the data before training starts, and keeps frozen components out of the
    evaluations during training, where they are most of the time and change nothing.

    The base model is checked as soon as the config is read, so that one that is not
    installed, of another language or without a component is reported as such.

    base_model (Dict[str, Any]): `name` (str): the base pipeline; `lang` (str) and
        `pipeline` (List[str]): the language and the components it must have.
    scorer (Optional[RetentionScorer]): A scorer for the component in training,
        which as a sourced component takes none from the config. It is not saved
        with the pipeline. Components that are no entity recognizers get a
        `SourceScorer` then.
    RETURNS (Callable[[Language], None]): The callback.
    """
    return partial(prepare, scorer=scorer)


def prepare(nlp: Language, *, scorer: Optional[RetentionScorer] = None) -> None:
    """Check all data of the RehearsalCorpus blocks that a pipeline trains with, add the
    labels that are new in it, attach a scorer, and leave out of `nlp.evaluate` what is
    not in training.

    nlp (Language): The pipeline, with its training config.
    scorer (Optional[RetentionScorer]): The scorer for entity recognizers in training.
    RAISES (ConfigValidationError): At the first thing that is wrong.
    """
    config = nlp.config.interpolate()
    training = config["training"]
    names = [training["train_corpus"], training["dev_corpus"]]
    for name, corpus in zip(names, util.resolve_dot_names(config, names)):
        if isinstance(corpus, RehearsalCorpus):
            try:
                corpus.check(nlp)
                if name == training["train_corpus"]:
                    add_labels(nlp, corpus)
            except ConfigValidationError as err:
                raise ConfigValidationError.from_error(err, parent=name) from None
            if scorer is not None:
                attach_scorers(nlp, corpus, scorer)
            if isinstance(corpus.gold, SimpleCorpus) and corpus.gold.has_rejected:
                for component in corpus.kinds:
                    if isinstance(nlp.get_pipe(component), EntityRecognizer):
                        learn_from_rejected(nlp, component, corpus.gold)
    nlp.evaluate = EvaluateWithout(nlp, find_idle_components(nlp, training))  # type: ignore[method-assign]


def add_labels(nlp: Language, corpus: RehearsalCorpus) -> None:
    """Add the labels that the gold has and the components in training lack. As sourced
    components they are not initialized, and most take no new label later on.

    nlp (Language): The pipeline.
    corpus (RehearsalCorpus): The corpus to train on.
    RAISES (ConfigValidationError): If a component can't take a new label.
    """
    gold_labels = corpus.read_gold_labels(nlp)
    for name, kind in corpus.kinds.items():
        pipe: Any = nlp.get_pipe(name)
        if kind.add_label is None:
            continue
        known = {"", *kind.get_known_labels(pipe)}
        min_count = getattr(pipe, "min_tree_freq", 1)
        new = {
            label: count
            for label, count in sorted(gold_labels[name].items())
            if label not in known and count >= min_count
        }
        for label in new:
            try:
                kind.add_label(pipe, label)
            except NotImplementedError as err:
                raise config_error(
                    ["gold"], f"'{name}' has no label '{label}'. {err}"
                ) from None
        if new:
            listed = ", ".join(f"{label} ({count})" for label, count in new.items())
            msg.info(f"New labels of '{name}', with their number in the gold: {listed}")


def attach_scorers(
    nlp: Language, corpus: RehearsalCorpus, scorer: RetentionScorer
) -> None:
    for name, kind in corpus.kinds.items():
        pipe: Any = nlp.get_pipe(name)
        if not kind.scores:
            if scorer.base_labels is None:
                scorer.base_labels = frozenset(corpus.teacher.nlp.pipe_labels[name])
            pipe.scorer = scorer
        elif not isinstance(pipe.scorer, SourceScorer):
            scores = [score.format(**pipe.cfg) for score in kind.scores]
            pipe.scorer = SourceScorer(pipe.scorer, scores)


def learn_from_rejected(nlp: Language, component: str, gold: SimpleCorpus) -> None:
    """Set `incorrect_spans_key`, which a sourced component does not take from the
    config: without it, an entity recognizer learns nothing from rejected spans.

    nlp (Language): The pipeline.
    component (str): The entity recognizer in training.
    gold (SimpleCorpus): The reader that knows the key.
    """
    recognizer = nlp.get_pipe(component)
    recognizer.cfg["incorrect_spans_key"] = gold.incorrect_spans_key  # type: ignore[attr-defined]
    recognizer.moves.cfg["neg_key"] = gold.incorrect_spans_key  # type: ignore[attr-defined]


class EvaluateWithout:
    """`nlp.evaluate` that leaves some components out."""

    def __init__(self, nlp: Language, names: List[str]) -> None:
        self.nlp = nlp
        self.names = names

    def __call__(self, *args: Any, **kwargs: Any) -> Dict[str, Any]:
        with self.nlp.select_pipes(disable=self.names):
            return type(self.nlp).evaluate(self.nlp, *args, **kwargs)


def find_idle_components(nlp: Language, training: Dict[str, Any]) -> List[str]:
    """Find the frozen components that nothing in training depends on.

    nlp (Language): The pipeline.
    training (Dict[str, Any]): Its `[training]` block.
    RETURNS (List[str]): Their names.
    """
    frozen = set(training["frozen_components"])
    running = set(nlp.component_names) - frozen | set(training["annotating_components"])
    return [
        name
        for name, pipe in nlp.components
        if name not in running
        and not running & set(getattr(pipe, "listening_components", []))
    ]
