"""Check base pipeline and data before training starts, and add new labels."""

from functools import partial
from math import inf
from pathlib import Path
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterator,
    List,
    Optional,
    Sequence,
    Set,
)

from spacy import util
from spacy.language import Language

from ..base_pipeline import FittingBaseModel
from ..errors import config_error
from ..files import is_overwritten
from ..readers.rehearsal import RehearsalCorpus
from ..readers.simple import SimpleCorpus
from .data_checks import blame, check_data
from .frames import find_output
from .gold_checks import check_passes
from .growing import grow
from .hooks import get_hooks
from .listening import feed_listeners
from .scorers import RetentionScorer, attach_scorers
from .steps import set_max_steps

PREPARE = "spacy-rehearsal.prepare.v1"
DISTILLATION = "spacy-rehearsal.distillation.v1"


def create_prepare(
    base_model: FittingBaseModel,
    scorer: Optional[RetentionScorer] = None,
    grown: Sequence[str] = (),
    epochs: float = 0,
    min_steps: int = 0,
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
    grown (Sequence[str]): The components in training whose network is that of the base
        model with a part more. They start as the base model's, and only the new part
        learns.
    epochs (float): Where `[training] max_steps` is 0, train for as many steps as this
        number of epochs takes. 0 leaves it as it is, without a limit.
    min_steps (int): But at least for this many steps.
    RETURNS (Callable[[Language], None]): The callback.
    RAISES (ConfigValidationError): If a number is below 0.
    """
    for name, number in (("epochs", epochs), ("min_steps", min_steps)):
        if not isinstance(number, (int, float)) or not 0 <= number < inf:
            raise config_error([name], f"must be 0 or more, found {number!r}")
    return partial(
        prepare, scorer=scorer, grown=grown, epochs=epochs, min_steps=min_steps
    )


def prepare(
    nlp: Language,
    *,
    scorer: Optional[RetentionScorer] = None,
    grown: Sequence[str] = (),
    epochs: float = 0,
    min_steps: int = 0,
) -> None:
    """Check all data of the RehearsalCorpus blocks that a pipeline trains with, and the
    callbacks before updates; add the labels that are new in the data, set the number of
    steps, attach a scorer, and leave out of evaluations what is not in training.

    nlp (Language): The pipeline, with its training config.
    scorer (Optional[RetentionScorer]): The scorer for entity recognizers in training.
    grown (Sequence[str]): The components that have grown.
    epochs (float): The number of epochs to train for, if no number of steps is set.
    min_steps (int): The least number of steps.
    RAISES (ConfigValidationError): At the first thing that is wrong.
    """
    config = nlp.config.interpolate()
    training = config["training"]
    check_output(config["initialize"]["after_init"])
    names = [training["train_corpus"], training["dev_corpus"]]
    corpora = util.resolve_dot_names(config, names)
    rehearsed = {
        name: corpus
        for name, corpus in zip(names, corpora)
        if isinstance(corpus, RehearsalCorpus)
    }
    fed: Set[str] = set()
    if grown and not isinstance(corpora[0], RehearsalCorpus):
        raise config_error(
            ["grown"],
            "only components that train on a RehearsalCorpus can grow, and "
            f"{names[0]} is none",
        )
    taught = check_data(nlp, rehearsed, training["train_corpus"])
    blocks = [*find_blocks(training["before_update"], DISTILLATION)]
    distilled = {block.get("component", "ner") for block in blocks}
    for name, corpus in rehearsed.items():
        if name == training["train_corpus"]:
            with blame(name):
                check_passes(nlp, corpus.gold, distilled)
            others = [name for name in corpus.kinds if name not in grown]
            frozen = training["frozen_components"]
            fed = {*grown, *feed_listeners(nlp, corpus.teacher, others, frozen)}
            for component in grown:
                grow(nlp, component, corpus.teacher)
            with blame(name):
                add_labels(nlp, corpus)
            if epochs and not training["max_steps"]:
                set_max_steps(nlp, corpus, epochs=epochs, min_steps=min_steps)
        if scorer is not None:
            attach_scorers(nlp, corpus, scorer, taught[name])
        reader = corpus.gold.reader
        if isinstance(reader, SimpleCorpus) and reader.has_rejected:
            for component, kind in corpus.kinds.items():
                pipe = nlp.get_pipe(component)
                kind.set_rejected_key(pipe, reader.incorrect_spans_key)
    for block in blocks:
        distillation = util.registry.resolve({"callback": block})["callback"]
        with blame("training.before_update"):
            distillation.prepare(nlp)
    get_hooks(nlp).leave_out(find_idle_components(nlp, training, fed))


def check_output(block: Dict[str, Any]) -> None:
    """Check that `spacy train` does not write over the base pipeline, which is read
    again and again.

    block (Dict[str, Any]): The block of this callback.
    RAISES (ConfigValidationError): If it would.
    """
    output = find_output()
    name = block["base_model"]["name"]
    if output is not None and is_overwritten(Path(name), output):
        raise config_error(
            ["base_model", "name"],
            f"the base pipeline '{name}' is in '{output}', which the trained one is "
            "written to: it would be lost. Give another directory with --output",
        )


def find_blocks(block: Any, callback: str) -> Iterator[Dict[str, Any]]:
    """Find the blocks of a callback anywhere in a block.

    block (Any): The block, or a value in it.
    callback (str): The registered name.
    YIELDS (Dict[str, Any]): The blocks.
    """
    if isinstance(block, dict):
        if block.get("@callbacks") == callback:
            yield block
        for value in block.values():
            yield from find_blocks(value, callback)


def add_labels(nlp: Language, corpus: RehearsalCorpus) -> None:
    """Add the labels that the gold has and the components in training lack. As sourced
    components they are not initialized. Most take no new label later on, and a network
    that gets another output in the middle of training has another starting point.

    nlp (Language): The pipeline.
    corpus (RehearsalCorpus): The corpus to train on.
    RAISES (ConfigValidationError): If a component can't take a new label.
    """
    gold_labels = corpus.gold.count_labels(nlp)
    for name, kind in corpus.kinds.items():
        pipe = nlp.get_pipe(name)
        known = {"", *kind.get_known_labels(pipe)}
        min_count = kind.get_min_count(pipe)
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
            util.logger.info(
                "New labels of '%s', with their number in the gold: %s",
                name,
                ", ".join(f"{label} ({count})" for label, count in new.items()),
            )


def find_idle_components(
    nlp: Language, training: Dict[str, Any], fed: Collection[str] = ()
) -> List[str]:
    """Find the frozen components that nothing in training depends on.

    nlp (Language): The pipeline.
    training (Dict[str, Any]): Its `[training]` block.
    fed (Collection[str]): The components in training that have from elsewhere what they
        listen to.
    RETURNS (List[str]): Their names.
    """
    frozen = set(training["frozen_components"])
    running = set(nlp.component_names) - frozen | set(training["annotating_components"])
    listening = {
        name: set(getattr(pipe, "listening_components", []))
        for name, pipe in nlp.components
    }
    encoders = {name for name in frozen if listening.get(name)}
    others = running - encoders - set(fed)
    return [
        name
        for name in nlp.component_names
        if not listening[name] & others
        and (name not in running or (name in encoders and not others))
    ]
