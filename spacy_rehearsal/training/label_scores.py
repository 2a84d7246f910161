"""Score some labels of a component apart from the others."""

from collections import defaultdict
from typing import Any, Collection, Dict, Iterable, Iterator, Optional, Set, Tuple

import numpy
from spacy.scorer import PRFScore
from spacy.training import Example

from ..kinds.base import Annotation, Kind
from ..readers.source import (
    MEMORY,
    SILVER,
    get_annotated_labels,
    get_source,
    is_open,
)
from ..tuning.retention import Entity, compare, get_entities, get_f, to_number

LabelScores = Dict[str, Dict[str, float]]


def get_label_f(
    examples: Iterable[Example], kind: Kind, pipe: Any, labels: Collection[str]
) -> Optional[float]:
    """Get the F-score of some of a component's labels.

    examples (Iterable[Example]): The examples.
    kind (Kind): The kind of the component.
    pipe (Pipe): The component.
    labels (Collection[str]): The labels.
    RETURNS (Optional[float]): The micro-averaged F-score, None if there is nothing to
        count.
    """
    counts = numpy.zeros(3)
    for predicted, gold in find_labelled(examples, kind, pipe, labels):
        counts += compare(predicted, gold)
    return to_number(get_f(counts))


def find_labelled(
    examples: Iterable[Example], kind: Kind, pipe: Any, labels: Collection[str]
) -> Iterator[Tuple[Set[Annotation], Set[Annotation]]]:
    """Find the annotations of examples, predicted ones and those of the gold, that have
    some of a component's labels, where the gold says anything about these.

    For the arguments see `get_label_f`.
    YIELDS (Tuple[Set[Annotation], Set[Annotation]]): Those of each example.
    """
    for example in examples:
        counted = {*labels}
        for annotated in (
            kind.get_annotated_labels(pipe, example.reference),
            get_annotated_labels(example.reference),
        ):
            counted &= counted if annotated is None else {*annotated}
        predicted, gold = (
            {a for a in kind.get_annotations(pipe, doc) if a[2] in counted}
            for doc in (example.predicted, example.reference)
        )
        yield predicted, gold


def score_labels(
    examples: Iterable[Example], kind: Kind, pipe: Any, labels: Collection[str]
) -> LabelScores:
    """Score some of a component's labels one by one.

    For the arguments see `get_label_f`.
    RETURNS (Dict[str, Dict[str, float]]): See `score_types`.
    """
    return score_types(find_labelled(examples, kind, pipe, labels), 2)


def score_new_entities(
    examples: Iterable[Example], base_labels: Collection[str]
) -> LabelScores:
    """Score the new labels of an entity recognizer one by one, on the gold.

    examples (Iterable[Example]): The examples, from a RehearsalCorpus.
    base_labels (Collection[str]): The labels that are not new.
    RETURNS (Dict[str, Dict[str, float]]): See `score_types`.
    """

    def find_new() -> Iterator[Tuple[Set[Entity], Set[Entity]]]:
        for example in examples:
            is_old = get_source(example) in (MEMORY, SILVER)
            if is_old or is_open(example):
                continue
            annotated = get_annotated_labels(example.reference)
            gold, predicted = (
                {
                    ent
                    for ent in ents
                    if ent[0] not in base_labels
                    and (annotated is None or ent[0] in annotated)
                }
                for ents in get_entities(example)
            )
            yield predicted, gold

    return score_types(find_new(), 0)


def score_types(pairs: Iterable[Tuple[Set[Any], Set[Any]]], place: int) -> LabelScores:
    """Score annotations label by label.

    pairs (Iterable[Tuple[Set[Any], Set[Any]]]): The predicted ones and those of the
        gold.
    place (int): Where the label of each stands.
    RETURNS (Dict[str, Dict[str, float]]): Precision, recall, F as "p", "r" and "f", and
        as "n" the number in the gold.
    """
    scores: Dict[str, PRFScore] = defaultdict(PRFScore)
    for predicted, gold in pairs:
        for label in {annotation[place] for annotation in predicted | gold}:
            scores[label].score_set(
                *({a for a in part if a[place] == label} for part in (predicted, gold))
            )
    return {
        label: {
            **{"p": score.precision, "r": score.recall, "f": score.fscore},
            "n": score.tp + score.fn,
        }
        for label, score in sorted(scores.items())
    }
