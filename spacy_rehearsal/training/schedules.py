"""Schedules of dropout and batch size."""

from typing import Callable, Iterable, Iterator, Union

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import compounding

from ..errors import config_error
from ..readers.rehearsal import RehearsalCorpus
from ..readers.simple import SimpleCorpus
from .frames import LOOP, find_variable

MAX_BATCH_SIZES = {"tagger": 32, "parser": 16, "ner": 16, "textcat": 64}
WORDS_PER_DOC = 20.0


def create_linear_decay(start: float, stop: float, decay: float) -> Iterable[float]:
    """Create a schedule that falls by the same amount at each step to a floor.

    This is `decaying` of spaCy v2, which its usage guide recommends for dropout:
    "start at a high dropout rate, with linear decay" ("Optimization tips and
    advice").

    start (float): The rate of the first step.
    stop (float): The floor.
    decay (float): How much the rate falls per step.
    RETURNS (Iterable[float]): The rate of each step, without end.
    RAISES (ConfigValidationError): If the floor is above the start, or the rate
        would rise.
    """
    if stop > start:
        raise config_error(["stop"], f"the floor {stop} is above the start {start}")
    if decay < 0:
        raise config_error(["decay"], f"must be 0 or more, found {decay}")
    return linear_decay(start, stop, decay)


def linear_decay(start: float, stop: float, decay: float) -> Iterator[float]:
    """Yield `start - decay * step`, but never less than `stop`."""
    step = 0
    while True:
        yield max(stop, start - decay * step)
        step += 1


def create_batch_size(
    examples: Union[int, Callable[[Language], Iterable[Example]]],
    component: str = "ner",
    unit: str = "docs",
) -> Iterable[float]:
    """Create a schedule of batch sizes that start at 1 and compound with factor
    1.001 to a maximum that depends on the component and on how much data there is.

    The maximum is 32 docs for "tagger", 16 for "parser" and "ner", 64 for
    "textcat"; half of it under 1,000 examples, a quarter under 500 (spaCy v2 usage
    guide, "Optimization tips and advice: Compounding batch size").

    examples (Union[int, Callable]): How many training examples there are, or the
        reader to count them with, e.g. ${corpora.train.gold}.
    component (str): "tagger", "parser", "ner" or "textcat".
    unit (str): What the batcher counts, "docs" or "words". In words, a doc counts as
        the mean length of the reader's examples, or as 20 words if `examples` is
        a number.
    RETURNS (Iterable[float]): The size of each batch, without end.
    RAISES (ConfigValidationError): If the component or unit is none of these.
    """
    if component not in MAX_BATCH_SIZES:
        raise config_error(
            ["component"],
            f"no maximum batch size is known for '{component}', only for: "
            f"{', '.join(MAX_BATCH_SIZES)}",
        )
    if unit not in ("docs", "words"):
        raise config_error(["unit"], f"must be 'docs' or 'words', found '{unit}'")
    return batch_sizes(examples, component, in_words=unit == "words")


def batch_sizes(
    examples: Union[int, Callable[[Language], Iterable[Example]]],
    component: str,
    *,
    in_words: bool,
) -> Iterator[float]:
    """Yield the batch sizes that `create_batch_size` describes. A reader is read
    when the first size is drawn."""
    words_per_doc = WORDS_PER_DOC
    if isinstance(examples, int):
        n_examples = examples
    else:
        lengths = [*count_lengths(examples)]
        n_examples = len(lengths)
        words_per_doc = sum(lengths) / max(1, n_examples)
    maximum = get_max_batch_size(component, n_examples)
    for size in compounding(1.0, maximum, 1.001):
        yield size * words_per_doc if in_words else size


def count_lengths(
    reader: Callable[[Language], Iterable[Example]],
) -> Iterator[int]:
    """Count the words of each text of a reader, with the pipeline that spaCy's training
    loop trains. Outside of it there is none, and a multi-language tokenizer counts,
    whose tokens may not fit the annotation, which is not needed.

    reader (Callable[[Language], Iterable[Example]]): The reader.
    YIELDS (int): The number of words.
    """
    nlp = find_variable("nlp", LOOP) or spacy.blank("xx")
    if isinstance(reader, RehearsalCorpus):
        reader = reader.gold.reader
    if isinstance(reader, SimpleCorpus):
        yield from (len(nlp.make_doc(text.text)) for text in reader.read())
    else:
        yield from (len(example) for example in reader(nlp))


def get_max_batch_size(component: str, n_examples: int) -> float:
    """Get the maximum batch size.

    component (str): "tagger", "parser", "ner" or "textcat".
    n_examples (int): The number of training examples.
    RETURNS (float): The maximum, in docs.
    """
    size = float(MAX_BATCH_SIZES[component])
    if n_examples < 1000:
        size /= 2
    if n_examples < 500:
        size /= 2
    return size
