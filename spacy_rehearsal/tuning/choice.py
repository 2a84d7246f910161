"""Choose a setting by its scores, and none that is better by chance."""

from typing import Any, Mapping, Sequence

import numpy

from .recognizer import Found
from .retention import FLOOR, Counts, get_scores

N_SAMPLES = 500


class Choice:
    """Choose the setting with the best score. Of those that are as good but for noise,
    it is the one that changes least.

    As good but for noise is what is within one standard error of the best (Breiman et
    al. 1984, "Classification and regression trees", section 3.4.3): the standard
    deviation of the difference, over samples of the examples (Efron and Tibshirani
    1993, "An introduction to the bootstrap", chapter 6).

    weights (Mapping[str, float]): The weights of the scores.
    n_examples (int): The number of examples.
    floor (float): The share of the base labels that is enough, for `learned_f`.
    seed (int): Seed of the samples.
    """

    def __init__(
        self,
        weights: Mapping[str, float],
        n_examples: int,
        *,
        floor: float = FLOOR,
        seed: int = 0,
    ) -> None:
        self.weights = weights
        self.floor = floor
        rng = numpy.random.default_rng(seed)
        chances = numpy.full(n_examples, 1 / n_examples)
        self._samples = rng.multinomial(n_examples, chances, size=N_SAMPLES)

    def get_score(self, counts: Counts) -> Any:
        """Get the weighted score.

        counts (FloatsXd): Counts in the last dimension, see `count_retention`.
        RETURNS (FloatsXd): The scores.
        """
        scores = get_scores(counts, self.floor)
        return sum(
            w * numpy.nan_to_num(scores[name]) for name, w in self.weights.items()
        )

    def choose(self, found: Sequence[Found], distances: Sequence[float]) -> int:
        """Choose a setting.

        found (Sequence[Found]): What is found with each setting.
        distances (Sequence[float]): How much each changes.
        RETURNS (int): The index of the one to take.
        """
        scores = [self.get_score(f.counts.sum(axis=0)) for f in found]
        in_samples = [self.get_score(self._samples @ f.counts) for f in found]
        best = int(numpy.argmax(scores))
        errors = [numpy.std(in_samples[best] - sample) for sample in in_samples]
        as_good = [
            i for i, score in enumerate(scores) if scores[best] - score <= errors[i]
        ]
        return min(as_good, key=lambda i: (distances[i], -scores[i]))
