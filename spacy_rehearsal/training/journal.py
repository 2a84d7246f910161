"""What happened in a training so far, to go through it once more without the work."""

from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from spacy.tokens import Doc
from spacy.tokens.doc import DOCBIN_ALL_ATTRS
from spacy.training import Example

from ..files import digest
from .state import State, get_random_state, is_same, set_random_state

Losses = Dict[str, float]
Scores = Dict[str, Any]


class Journal:
    """Write down what each step of a training trained on, and what evaluations found.

    Readers, batchers and schedules can't be saved in the middle: they are gone through
    once more. All else is skipped: updates do nothing, and evaluations find what they
    found before.

    record (Optional[Dict[str, Any]]): What a journal wrote down before.

    ATTRIBUTES:
    n_steps (int): The number of steps that are skipped.
    step (int): The step that runs, from 0.
    """

    def __init__(self, record: Optional[State] = None) -> None:
        record = record or {"steps": 0, "batches": [], "evaluations": [], "draws": []}
        self.n_steps: int = record["steps"]
        self.step = 0
        self._batches: List[str] = record["batches"]
        self._evaluations: List[Dict[str, Any]] = record["evaluations"]
        self._draws: Dict[int, State] = dict(record["draws"])
        self._old_batches: Iterator[str] = iter([*self._batches])
        self._old_evaluations: Iterator[Dict[str, Any]] = iter([*self._evaluations])
        self._losses: Losses = {}
        self._random: State = {}

    @property
    def is_replay(self) -> bool:
        """Whether the step that runs was done before."""
        return self.step < self.n_steps

    @property
    def n_evaluations(self) -> int:
        """How often the pipeline was evaluated."""
        return len(self._evaluations)

    def to_record(self) -> State:
        """Get what was written down up to the step that runs."""
        return {
            "steps": self.step,
            "batches": self._batches,
            "evaluations": self._evaluations,
            "draws": [[step, state] for step, state in self._draws.items()],
        }

    def start_step(self, step: int) -> None:
        """Start a step, whose batch has been read.

        step (int): The step, from 0.
        """
        if self._random and not is_same(get_random_state(), self._random):
            self._draws[step] = self._random
        self.step = step

    def update(
        self, update: Callable[[], Losses], examples: Sequence[Example], losses: Losses
    ) -> Losses:
        """Update the pipeline, unless it was done before.

        update (Callable[[], Dict[str, float]]): Updates it.
        examples (Sequence[Example]): The examples to update it with.
        losses (Dict[str, float]): The losses since the last evaluation.
        RETURNS (Dict[str, float]): The losses.
        RAISES (ValueError): If it was done before, with other examples.
        """
        self._losses = losses
        batch = digest(part for eg in examples for part in serialize(eg.reference))
        if self.is_replay:
            if next(self._old_batches, None) != batch:
                raise ValueError(f"the examples of step {self.step} are others")
        else:
            self._batches.append(batch)
            losses = update()
        self._end()
        return losses

    def evaluate(self, evaluate: Callable[[], Scores]) -> Scores:
        """Evaluate the pipeline, unless it was done before.

        evaluate (Callable[[], Dict[str, Any]]): Evaluates it.
        RETURNS (Dict[str, Any]): The scores.
        """
        if self.is_replay:
            old = next(self._old_evaluations)
            self._losses.update(old["losses"])
            scores: Scores = old["scores"]
        else:
            scores = evaluate()
            self._evaluations.append({"scores": scores, "losses": {**self._losses}})
        self._end()
        return scores

    def _end(self) -> None:
        """See to it that what is random in reading the next batch comes out as in a
        training that was not interrupted."""
        if not self.is_replay:
            self._random = get_random_state()
        elif self.step + 1 in self._draws:
            set_random_state(self._draws[self.step + 1])


def serialize(doc: Doc) -> Iterator[bytes]:
    """Get all that a doc is annotated with. Faster than `Doc.to_bytes`."""
    spans = [
        (key, span.start, span.end, span.label_)
        for key, group in doc.spans.items()
        for span in group
    ]
    yield doc.text.encode("utf8")
    yield doc.to_array([*DOCBIN_ALL_ATTRS]).tobytes()
    yield repr((spans, sorted(doc.cats.items()))).encode("utf8")
