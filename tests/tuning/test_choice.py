"""The best is taken, unless what changes less is as good but for noise."""

from typing import List

import numpy
import pytest

from spacy_rehearsal.tuning.choice import Choice
from spacy_rehearsal.tuning.recognizer import Found

WEIGHTS = {"new_f": 1.0}
N_EXAMPLES = 50


def make_found(right: List[int]) -> Found:
    """What is found if one new entity is in each text, and right in some."""
    counts = numpy.zeros((N_EXAMPLES, 8))
    counts[:, 2] = 1
    counts[right] = [1, 0, 0, 0, 0, 0, 0, 0]
    return Found(counts, [None] * N_EXAMPLES)


@pytest.mark.parametrize(
    "rights, distances, expected",
    [
        # the third is clearly better than the first
        ([range(10), range(12), range(40)], [0, 1, 2], 2),
        # as good but for noise: other texts are right in each
        ([range(20, 40), range(1, 22)], [0, 1], 0),
        ([range(20, 40), range(1, 22)], [1, 0], 1),
        # better in some texts and worse in none
        ([range(20), range(25)], [0, 1], 1),
        # equal
        ([range(20), range(20), range(20)], [2, 1, 3], 1),
        # equally far from the default
        ([range(20), range(40), range(39)], [0, 1, 1], 1),
    ],
)
def test_choice(rights: List[range], distances: List[float], expected: int) -> None:
    choice = Choice(WEIGHTS, N_EXAMPLES)
    found = [make_found([*right]) for right in rights]
    assert choice.choose(found, distances) == expected


def test_what_is_not_there_scores_nothing() -> None:
    counts = numpy.array([1.0, 1, 0, 0, 0, 0, 0, 0])
    weights = {"new_f": 0.5, "base_f": 0.5, "false_alarms": -20.0}
    assert Choice(weights, 1).get_score(counts) == pytest.approx(0.5 * 2 / 3)
