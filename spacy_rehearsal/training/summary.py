"""Say at the end of training which step was best, what it has learned and kept."""

import sys
from functools import partial
from typing import IO, Any, Callable, Dict, List, Optional, Tuple

from spacy.language import Language

from ..errors import make_visible

# spaCy's logger takes nothing but numbers. Scores are never below 0, so this is free
UNCOUNTED = -0.0
SHOWN_UNCOUNTED, DASH = "-0.00", "    -"
Info = Dict[str, Any]
LogStep = Callable[[Optional[Info]], None]
Logger = Callable[..., Tuple[LogStep, Callable[[], None]]]


def create_summary_logger(logger: Logger) -> Logger:
    """Create a `[training.logger]` that adds one line to what another one logs: which
    step was best, and its scores. If that is the first one, nothing was learned, and it
    says so.

    logger (Callable[..., Tuple[Callable, Callable]]): The other logger.
    RETURNS (Callable[..., Tuple[Callable, Callable]]): The logger.
    """
    return partial(set_up, logger)


def set_up(
    logger: Logger,
    nlp: Language,
    stdout: IO[str] = sys.stdout,
    stderr: IO[str] = sys.stderr,
) -> Tuple[LogStep, Callable[[], None]]:
    """Set up the logger.

    logger (Callable[..., Tuple[Callable, Callable]]): The other logger.
    nlp (Language): The pipeline in training.
    stdout (IO[str]): Where to log to.
    stderr (IO[str]): Where to log errors to.
    RETURNS (Tuple[Callable, Callable]): What logs a step, and what ends the log.
    """
    table: Any = Table(stdout)
    log_other, finalize_other = logger(nlp, table, stderr)
    shown = [
        name
        for name, weight in nlp.config["training"]["score_weights"].items()
        if weight is not None
    ]
    evaluations: List[Info] = []

    def log_step(info: Optional[Info]) -> None:
        if info is not None:
            evaluations.append(info)
            uncounted = dict.fromkeys(shown, UNCOUNTED)
            scores = {**uncounted, **info["other_scores"]}
            info = {**info, "other_scores": scores}
        log_other(info)

    def finalize() -> None:
        finalize_other()
        if evaluations:
            stdout.write(f"{make_visible(summarize(evaluations, shown))}\n")

    return log_step, finalize


def summarize(evaluations: List[Info], shown: List[str]) -> str:
    """Say which evaluation was best.

    evaluations (List[Dict[str, Any]]): What spaCy says of the step of each: "step",
        "score" and "other_scores".
    shown (List[str]): The scores to name.
    RETURNS (str): A line.
    """
    first = evaluations[0]
    best = max(evaluations, key=lambda info: (info["score"], info["step"]))
    if best["score"] > first["score"]:
        return f"Best is step {best['step']}: {show_scores(best, shown)}"
    return (
        f"Nothing was learned: no step is better than the first one "
        f"({show_scores(first, shown)}). {explain(evaluations, shown)}"
    )


def explain(evaluations: List[Info], shown: List[str]) -> str:
    """Say why no evaluation was better than the first one, and what to do.

    evaluations (List[Dict[str, Any]]): See `summarize`.
    shown (List[str]): The scores to name.
    RETURNS (str): One sentence or more.
    """
    new = [name for name in shown if name.startswith("new_")]
    counted = [name for name in new if name in evaluations[0]["other_scores"]]
    if new and not counted:
        return (
            "The data to evaluate on has nothing that is to be learned: evaluate on "
            "texts that are annotated like those to train on."
        )

    def get_new(info: Info) -> float:
        return sum(info["other_scores"].get(name) or 0.0 for name in counted)

    top = max(evaluations, key=get_new)
    if get_new(top) > get_new(evaluations[0]):
        return (
            f"Step {top['step']} had learned something, at too high a price: "
            f"{show_scores(top, shown)}. Is the raw text full of what is to be "
            "learned? Otherwise train for more steps, or on more annotations."
        )
    return (
        "Train for more steps, or on more annotations. `spacy rehearsal audit` knows "
        "some labels that are hard to learn."
    )


def show_scores(info: Info, shown: List[str]) -> str:
    """Show the scores of an evaluation that there is something to count for."""
    scores = info["other_scores"]
    return ", ".join(
        f"{name} {100 * scores[name]:.2f}"
        for name in shown
        if scores.get(name) is not None
    )


class Table:
    """A stream that shows scores with nothing to count as "-".

    stream (IO[str]): Where it is written to.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text.replace(SHOWN_UNCOUNTED, DASH))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
