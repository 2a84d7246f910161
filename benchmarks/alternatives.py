"""Callbacks of the methods to compare with.
`spacy train --code benchmarks/alternatives.py` makes them known."""

from collections import Counter
from typing import Any, Callable, Dict, Iterable, Iterator

from spacy import registry
from spacy.language import Language
from spacy.training import Example

from spacy_rehearsal.kinds.registry import kinds

BeforeUpdate = Callable[[Language, Dict[str, Any]], None]
Reader = Callable[[Language], Iterable[Example]]


@registry.callbacks("benchmarks.rehearse.v1")
def create_rehearse(
    raw: Reader, batcher: Callable[[Iterable[Example]], Iterable[Any]]
) -> BeforeUpdate:
    """Create a callback that calls spaCy's `nlp.rehearse` with a batch of raw text
    before each update, as spaCy's documentation of that method shows it.

    raw (Callable[[Language], Iterable[Example]]): Raw text, read again and again.
    batcher (Callable): Makes the batches.
    RETURNS (Callable[[Language, Dict[str, Any]], None]): The callback.
    """
    batches: Iterator[Any] = iter(())

    def rehearse(nlp: Language, info: Dict[str, Any]) -> None:
        nonlocal batches
        if info["step"] == 0:
            batches = iter(batcher(repeat(raw, nlp)))
        optimizer: Any = nlp._optimizer
        nlp.rehearse(list(next(batches)), sgd=optimizer)
        optimizer.step_schedules()

    return rehearse


@registry.callbacks("benchmarks.ewc.v1")
def create_ewc(data: Reader) -> BeforeUpdate:
    """Create a callback that, before the first update, wraps the entity recognizer
    with spacy-ewc: elastic weight consolidation (Kirkpatrick et al. 2017, "Overcoming
    catastrophic forgetting in neural networks"), with that package's defaults.

    data (Callable[[Language], Iterable[Example]]): What the base model knows, to
        compute the Fisher information with.
    RETURNS (Callable[[Language, Dict[str, Any]], None]): The callback.
    """
    from spacy_ewc import create_ewc_pipe

    def wrap(nlp: Language, info: Dict[str, Any]) -> None:
        if info["step"] == 0:
            create_ewc_pipe(nlp.get_pipe("ner"), list(data(nlp)))

    return wrap


def repeat(raw: Reader, nlp: Language) -> Iterator[Example]:
    while True:
        for example in raw(nlp):
            yield Example(nlp.make_doc(example.text), example.reference)


@registry.callbacks("benchmarks.add_labels.v1")
def create_add_labels(component: str, gold: Reader) -> Callable[[Language], None]:
    """Add the labels of gold to a sourced component: spaCy initializes none."""

    def add_labels(nlp: Language) -> None:
        pipe: Any = nlp.get_pipe(component)
        kind = kinds.get(nlp.get_pipe_meta(component).factory)()
        found = Counter(
            label for eg in gold(nlp) for label in kind.get_labels(pipe, eg.reference)
        )
        least = kind.get_min_count(pipe)
        for label in sorted({*found} - {"", *kind.get_known_labels(pipe)}):
            if found[label] >= least:
                kind.add_label(pipe, label)

    return add_labels
