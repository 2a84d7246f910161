"""How many steps a training takes: it depends on how much there is to learn from."""

from itertools import accumulate, repeat, takewhile
from typing import Any, Dict

from spacy import util
from spacy.language import Language

from ..errors import config_error
from ..readers.rehearsal import RehearsalCorpus

BATCHER = "spacy.batch_by_words.v1"


def set_max_steps(
    nlp: Language, corpus: RehearsalCorpus, *, epochs: float, min_steps: int
) -> None:
    """Set `[training] max_steps`, which schedules can refer to, to as many steps as
    some epochs take. spaCy's `max_epochs` can't say it: it keeps all texts of the first
    epoch for the others, or never ends.

    nlp (Language): The pipeline in training.
    corpus (RehearsalCorpus): What it trains on.
    epochs (float): The number of epochs.
    min_steps (int): The least number of steps.
    RAISES (ConfigValidationError): If batches are not measured in words.
    """
    training = nlp.config["training"]
    batcher = nlp.config.interpolate()["training"]["batcher"]
    if batcher["@batchers"] != BATCHER:
        raise config_error(
            ["epochs"],
            f"counts the words of batches, so [training.batcher] must be {BATCHER}, "
            f"found {batcher['@batchers']}. Or set [training] max_steps",
        )
    steps = count_steps(epochs * corpus.count_words(nlp), batcher)
    training["max_steps"] = max(min_steps, steps)
    util.logger.info(
        "Training for %d steps of [training] max_steps.", training["max_steps"]
    )


def count_steps(n_words: float, batcher: Dict[str, Any]) -> int:
    """Count the batches that a number of words is split into.

    n_words (float): The number of words.
    batcher (Dict[str, Any]): The block of the batcher.
    RETURNS (int): The number of batches, about: texts are not split.
    """
    size = util.registry.resolve({"size": batcher["size"]})["size"]
    sizes = repeat(size) if isinstance(size, (int, float)) else iter(size)
    return 1 + sum(1 for _ in takewhile(lambda n: n < n_words, accumulate(sizes)))
