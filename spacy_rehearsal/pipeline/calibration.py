"""How far confidence is from how often one is right, and a temperature for that."""

from typing import Any, Collection, Dict, List, Optional, Sequence, Tuple

import numpy
from spacy.training import Example, offsets_to_biluo_tags

from .decisions import Decisions, Entity, get_confidences

N_BINS = 10
# from a tenth to ten times as sure, in steps that get smaller
TEMPERATURES = numpy.geomspace(0.1, 10, 41)
FINE = numpy.geomspace(0.9, 1.1, 41)


def collect(
    found: Sequence[Optional[Decisions]], examples: Sequence[Example]
) -> Tuple[Decisions, numpy.ndarray]:
    """Collect the entities of which it is known whether they are right.

    found (Sequence[Optional[Decisions]]): What has led to those of each example.
    examples (Sequence[Example]): The examples.
    RETURNS (Tuple[Decisions, Bools1d]): The steps to these entities, and whether each
        is right.
    """
    labels = {ent.label_ for eg in examples for ent in eg.reference.ents}
    kept, verdicts = [], []
    for decisions, example in zip(found, examples):
        if decisions is None:
            continue
        verdicts_here = judge(example, labels)
        is_sure = ~numpy.isnan(get_confidences(decisions, 1.0))
        known = [verdicts_here.get(entity) for entity in decisions.entities]
        is_kept = is_sure & numpy.array([v is not None for v in known], dtype=bool)
        kept.append(select(decisions, is_kept))
        verdicts += [bool(v) for v, is_in in zip(known, is_kept) if is_in]
    return join(kept), numpy.array(verdicts, dtype=bool)


def judge(example: Example, labels: Collection[str]) -> Dict[Entity, bool]:
    """Say whether what was found is right. What nobody knows is left out.

    example (Example): What was found, and the annotation.
    labels (Collection[str]): The labels that were annotated.
    RETURNS (Dict[Entity, bool]): The verdicts.
    """
    gold = example.get_aligned_ner()
    doc = example.predicted
    offsets = [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
    tags = offsets_to_biluo_tags(doc, offsets)
    return {
        offset: gold[ent.start : ent.end] == tags[ent.start : ent.end]
        for ent, offset in zip(doc.ents, offsets)
        if ent.label_ in labels and None not in gold[ent.start : ent.end]
    }


def select(decisions: Decisions, is_kept: numpy.ndarray) -> Decisions:
    """Select the steps of some entities."""
    rows = is_kept[decisions.owners]
    numbers = numpy.cumsum(is_kept) - 1
    return Decisions(
        [entity for entity, is_in in zip(decisions.entities, is_kept) if is_in],
        decisions.scores[rows],
        decisions.actions[rows],
        numbers[decisions.owners[rows]],
    )


def join(parts: Sequence[Decisions]) -> Decisions:
    """Join the decisions of several docs."""
    if not parts:
        nothing = numpy.zeros(0, dtype="i")
        return Decisions([], numpy.zeros((0, 1)), nothing, nothing)
    offsets = numpy.cumsum([0, *(len(part.entities) for part in parts)])
    return Decisions(
        [entity for part in parts for entity in part.entities],
        numpy.concatenate([part.scores for part in parts]),
        numpy.concatenate([part.actions for part in parts]),
        numpy.concatenate([p.owners + n for p, n in zip(parts, offsets)]),
    )


def fit_temperature(decisions: Decisions, is_right: numpy.ndarray) -> float:
    """Find the temperature that gives what is right the highest likelihood (Guo et al.
    2017, "On calibration of modern neural networks", section 4.2).

    decisions (Decisions): The steps to entities.
    is_right (Bools1d): Whether each entity is right.
    RETURNS (float): The temperature.
    """

    def get_loss(temperature: float) -> float:
        return get_log_loss(get_confidences(decisions, temperature), is_right)

    rough = min(TEMPERATURES, key=get_loss)
    return float(min(rough * FINE, key=get_loss))


def get_log_loss(confidences: numpy.ndarray, is_right: numpy.ndarray) -> float:
    """Get the mean negative log likelihood of what is right."""
    chances = numpy.where(is_right, confidences, 1 - confidences)
    return float(-numpy.log(numpy.clip(chances, 1e-7, 1)).mean())


def get_bins(
    confidences: numpy.ndarray, is_right: numpy.ndarray
) -> List[Dict[str, Any]]:
    """Sort entities into ten bins by their confidence.

    confidences (Floats1d): The confidence of each entity.
    is_right (Bools1d): Whether it is right.
    RETURNS (List[Dict[str, Any]]): For each bin that is not empty `from`, `to`,
        `entities`, and the means `confidence` and `right`.
    """
    places = numpy.minimum((confidences * N_BINS).astype("i"), N_BINS - 1)
    return [
        {
            "from": i / N_BINS,
            "to": (i + 1) / N_BINS,
            "entities": int((places == i).sum()),
            "confidence": float(confidences[places == i].mean()),
            "right": float(is_right[places == i].mean()),
        }
        for i in sorted({*places.tolist()})
    ]


def get_calibration_error(bins: List[Dict[str, Any]]) -> float:
    """Get the expected calibration error (Guo et al. 2017, section 2): how far
    confidence is from the share of what is right, on average over entities.

    bins (List[Dict[str, Any]]): What `get_bins` gives.
    RETURNS (float): The error, from 0 to 1.
    """
    total = sum(row["entities"] for row in bins)
    gaps = (row["entities"] * abs(row["confidence"] - row["right"]) for row in bins)
    return float(sum(gaps) / total)
