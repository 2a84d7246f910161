"""Search for the bias, and the scale, with the best score."""

from collections import Counter
from typing import (
    Collection,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
)

import numpy
from spacy.language import Language
from spacy.training import Example
from spacy.util import SimpleFrozenDict
from tqdm import tqdm

from .bias import Bias
from .choice import Choice
from .recognizer import Found, TunedRecognizer
from .retention import FLOOR, get_scores, to_number

BIASES = [float(bias) for bias in numpy.arange(-3, 3.5, 0.5)]
SCALES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
# how far the best biases of neighbouring scales are apart at most
MAX_SHIFT = 1.0
# the gold entities of a label that are enough to give it a bias of its own
MIN_GOLD = 20


class Row(NamedTuple):
    """A setting and its scores.

    scale (float): The scale.
    bias (Mapping[str, float]): The bias of each new label.
    scores (Dict[str, Optional[float]]): `new_f`, `base_f` and `false_alarms`, see
        `RetentionScorer`, None where there is nothing to count.
    score (float): Their weighted sum.
    """

    scale: float
    bias: Bias
    scores: Dict[str, Optional[float]]
    score: float


class Line(NamedTuple):
    """Settings that were tried at one scale, from the lowest bias to the highest.

    rows (List[Row]): The settings.
    found (List[Found]): What was found with each.
    best (int): The one to take.
    """

    rows: List[Row]
    found: List[Found]
    best: int

    @property
    def row(self) -> Row:
        """The setting to take."""
        return self.rows[self.best]


class Tuned(NamedTuple):
    """What a search has found.

    before (Row): The component as it is.
    best (Row): The setting to take.
    scales (List[Row]): Each scale, with the bias that is best for it.
    biases (List[Row]): Each bias that all new labels share, at the best scale.
    labels (Dict[str, Row]): By label, in this order: what was set when it got a bias of
        its own.
    """

    before: Row
    best: Row
    scales: List[Row]
    biases: List[Row]
    labels: Dict[str, Row]


def find_bias(
    nlp: Language,
    component: str,
    examples: Iterable[Example],
    weights: Mapping[str, float],
    base_labels: Collection[str],
) -> Tuned:
    """Search for the bias of new labels with the best score. Nothing is changed: for
    that there is `apply_bias`.

    nlp (Language): The pipeline.
    component (str): The entity recognizer.
    examples (Iterable[Example]): Examples for evaluation, from a RehearsalCorpus.
    weights (Mapping[str, float]): The weights of the scores, see `get_scores`.
    base_labels (Collection[str]): The labels that the base model has.
    RETURNS (Tuned): The bias of each new label, `best.bias`, and the tables.
    RAISES (ConfigValidationError): If the component can't be tuned.
    """
    recognizer = TunedRecognizer(nlp, component, examples, base_labels)
    return search(recognizer, weights, scales=[1.0])


def search(
    recognizer: TunedRecognizer,
    weights: Mapping[str, float],
    *,
    floor: float = FLOOR,
    scales: Sequence[float] = SCALES,
    bias: Optional[Bias] = None,
) -> Tuned:
    """Search for the bias and the scale with the best score, and of those that are as
    good but for noise for the bias nearest to 0 and the scale nearest to 1.

    First all new labels share a bias. The scale nearest to 1 gets the best of all, the
    next ones the best of those around that of a neighbour, and the best scale again the
    best of all. Then labels that are frequent enough in the gold get a bias of their
    own, the most frequent first, if it is better than the shared one.

    recognizer (TunedRecognizer): The component, and the examples.
    weights (Mapping[str, float]): The weights of the scores, see `get_scores`.
    floor (float): The share of the base labels that is enough.
    scales (Sequence[float]): The scales to try.
    bias (Optional[Mapping[str, float]]): The bias of each new label, if it is given.
    RETURNS (Tuned): What is found.
    """
    shared = [dict.fromkeys(recognizer.new_labels, number) for number in BIASES]
    settings: Sequence[Bias] = shared if bias is None else [bias]
    frequent = find_frequent(recognizer) if bias is None else []
    n_lines = 2 + len(scales) + len(frequent)
    with tqdm(desc="Tuning", total=n_lines, leave=False) as progress:
        choice = Choice(weights, len(recognizer.examples), floor=floor)
        search = Search(recognizer, choice, progress)
        before = search.scan(1.0, [dict.fromkeys(recognizer.new_labels, 0.0)]).row
        lines: Dict[float, Line] = {}
        for scale in sorted(scales, key=lambda scale: abs(1 - scale)):
            near = settings
            if lines:
                neighbour = lines[min(lines, key=lambda s: abs(s - scale))].row.bias
                near = [b for b in near if get_distance(b, neighbour) <= MAX_SHIFT]
            lines[scale] = search.scan(scale, near)
        scale = search.choose_scale([*lines.values()])
        if len(lines[scale].rows) < len(settings):
            lines[scale] = search.scan(scale, settings)
        best, above = lines[scale].row, lines[scale].found[-1]
        own = {}
        for label in frequent:
            with_own = [{**best.bias, label: number} for number in BIASES]
            best = search.scan(scale, with_own, around=best.bias, above=above).row
            own[label] = best
        recognizer.set_scale(1.0)
    by_scale = [lines[s].row for s in scales]
    return Tuned(before, best, by_scale, lines[scale].rows, own)


class Search:
    """Try settings, and choose among them.

    recognizer (TunedRecognizer): The component, and the examples.
    choice (Choice): Chooses one.
    progress (tqdm): The progress bar to update, with each line of settings.
    """

    def __init__(
        self, recognizer: TunedRecognizer, choice: Choice, progress: tqdm
    ) -> None:
        self._recognizer = recognizer
        self._choice = choice
        self._progress = progress

    def scan(
        self,
        scale: float,
        settings: Sequence[Bias],
        *,
        around: Bias = SimpleFrozenDict(),
        above: Optional[Found] = None,
    ) -> Line:
        """Try biases at a scale.

        scale (float): The scale.
        settings (Sequence[Mapping[str, float]]): The biases, see
            `TunedRecognizer.scan`.
        around (Mapping[str, float]): The one to stay near to.
        above (Optional[Found]): See `TunedRecognizer.scan`.
        RETURNS (Line): The scores, and which to take.
        """
        self._recognizer.set_scale(scale)
        found = self._recognizer.scan(settings, above=above)
        distances = [get_distance(bias, around) for bias in settings]
        rows = [self._score(scale, *pair) for pair in zip(settings, found)]
        self._progress.update()
        return Line(rows, found, self._choice.choose(found, distances))

    def choose_scale(self, lines: Sequence[Line]) -> float:
        """Choose the scale, each with the bias that is best for it."""
        distances = [abs(1 - line.row.scale) for line in lines]
        found = [line.found[line.best] for line in lines]
        return lines[self._choice.choose(found, distances)].row.scale

    def _score(self, scale: float, bias: Bias, found: Found) -> Row:
        totals = found.counts.sum(axis=0)
        scores = {
            name: to_number(score)
            for name, score in get_scores(totals, self._choice.floor).items()
        }
        return Row(scale, bias, scores, float(self._choice.get_score(totals)))


def find_frequent(recognizer: TunedRecognizer) -> List[str]:
    """Find the new labels that are frequent enough in the gold to get a bias of their
    own, the most frequent first. One that is the only new one needs none."""
    counts = Counter(
        ent.label_ for example in recognizer.examples for ent in example.reference.ents
    )
    new = [label for label, _ in counts.most_common() if label in recognizer.new_labels]
    is_alone = len(recognizer.new_labels) == 1
    return [] if is_alone else [label for label in new if counts[label] >= MIN_GOLD]


def get_distance(bias: Bias, other: Bias) -> float:
    """Get how far two biases are apart."""
    return max(abs(number - other.get(label, 0.0)) for label, number in bias.items())
