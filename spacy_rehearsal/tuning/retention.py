"""Count and score what is new apart from what is kept."""

from typing import Any, Collection, Dict, Optional, Set, Tuple

import numpy
from spacy.training import Example

from ..kinds.spans import MISSING_IOB
from ..readers.source import SILVER, get_annotated_labels, get_source, is_open

Entity = Tuple[str, int, int]
Counts = Any  # an array of floats, whose last dimension has what is counted
# entities that are right, wrong and missed
NEW = slice(3)
BASE = slice(3, 6)
# entities with new labels in silver, and the words of it
FALSE_ALARMS = slice(6, 8)
N_COUNTS = 8
# the share of the base labels that is enough, and by how many percent the score falls
# for each percent less
FLOOR = 0.95
SLOPE = 4
# one false alarm in so many words halves the score
ALARM_COST = 100


def count_retention(example: Example, base_labels: Collection[str]) -> Counts:
    """Count entities of an example by what they say about retention.

    example (Example): The example, from a RehearsalCorpus.
    base_labels (Collection[str]): The labels that the base model has.
    RETURNS (Floats1d): The counts. Those of examples can be added.
    """
    counts = numpy.zeros(N_COUNTS)
    if not example.reference.has_annotation("ENT_IOB"):
        return counts
    gold, predicted = get_entities(example)
    base_gold = {ent for ent in gold if ent[0] in base_labels}
    base_predicted = {ent for ent in predicted if ent[0] in base_labels}
    # a new label that is missed is no mistake in the base labels
    in_new = {i for _, start, end in gold - base_gold for i in range(start, end)}
    kept = {ent for ent in base_predicted if in_new.isdisjoint(range(*ent[1:]))}
    counts[BASE] = compare(kept, base_gold)
    if is_open(example):  # nobody has looked for new labels there
        return counts
    if get_source(example) == SILVER:
        counts[FALSE_ALARMS] = len(predicted - base_predicted), len(example)
    else:
        annotated = get_annotated_labels(example.reference)
        new = predicted - base_predicted
        if annotated is not None:
            new = {ent for ent in new if ent[0] in annotated}
        counts[NEW] = compare(new, gold - base_gold)
    return counts


def get_scores(
    counts: Counts, floor: float = FLOOR, base_start: float = 1.0
) -> Dict[str, Any]:
    """Score what was counted.

    counts (FloatsXd): Counts in the last dimension, of any number of sets of examples.
    floor (float): The share of the base labels that is enough.
    base_start (float): The base model's own `base_f`: less than 1 where the gold
        contradicts it.
    RETURNS (Dict[str, FloatsXd]): `new_f`, `base_f`, `false_alarms`, `learned_f`, see
        `RetentionScorer`, NaN where there is nothing to count.
    """
    n_alarms, n_words = numpy.moveaxis(counts[..., FALSE_ALARMS], -1, 0)
    new_f, base_f = get_f(counts[..., NEW]), get_f(counts[..., BASE])
    alarms = divide(n_alarms, n_words)
    learned_f = get_learned(new_f, base_f / base_start, floor)
    return {
        "new_f": new_f,
        "base_f": base_f,
        "false_alarms": alarms,
        "learned_f": learned_f / (1 + ALARM_COST * numpy.nan_to_num(alarms)),
    }


def get_learned(new: Any, kept: Any, floor: float, start: Any = 0.0) -> Any:
    """Score what was learned, and less where too little is kept. Whatever has learned
    something is better than what has not.

    new (FloatsXd): The score of what is new.
    kept (FloatsXd): The score of what is to be kept, where that of the base model is 1.
        NaN if there is nothing to keep.
    floor (float): How much of it is enough. For each percent less, what was gained
        falls by four.
    start (FloatsXd): The base model's score of what is new: 0 for new labels.
    RETURNS (FloatsXd): The score.
    """
    kept = numpy.minimum(1, numpy.nan_to_num(kept, nan=1.0) / floor)
    return start + (new - start) * numpy.where(new > start, kept**SLOPE, 1)


def to_number(score: Any) -> Optional[float]:
    """Convert a score to what spaCy takes: None where there is nothing to count."""
    return None if numpy.isnan(score) else float(score)


def get_f(counts: Counts) -> Any:
    """Get the F-score from the entities that are right, wrong and missed."""
    n_right, n_wrong, n_missed = numpy.moveaxis(counts, -1, 0)
    return divide(2 * n_right, 2 * n_right + n_wrong + n_missed)


def divide(numerator: Any, denominator: Any) -> Any:
    return numpy.divide(
        numerator,
        denominator,
        out=numpy.full_like(numerator, numpy.nan),
        where=denominator > 0,
    )


def compare(predicted: Set[Any], gold: Set[Any]) -> Tuple[int, int, int]:
    """Count the annotations that are right, wrong and missed."""
    n_right = len(predicted & gold)
    return n_right, len(predicted) - n_right, len(gold) - n_right


def get_entities(example: Example) -> Tuple[Set[Entity], Set[Entity]]:
    """Get the entities of an example, predicted ones on missing tokens left out.

    example (Example): The example.
    RETURNS (Tuple[Set[Entity], Set[Entity]]): The reference's and the predicted
        entities, as label, start and end token in the reference.
    """
    reference = example.reference
    gold = {(ent.label_, ent.start, ent.end) for ent in reference.ents}
    predicted = set()
    alignment = example.alignment.x2y
    for ent in example.predicted.ents:
        indices = alignment[ent.start : ent.end]
        if len(indices):
            start, end = int(indices[0]), int(indices[-1]) + 1
            if all(token.ent_iob != MISSING_IOB for token in reference[start:end]):
                predicted.add((ent.label_, start, end))
    return gold, predicted
