"""Say at the end of training which step was best, what it has learned and kept."""

import sys
from functools import partial
from typing import IO, Any, Callable, Dict, List, Optional, Tuple

from spacy.language import Language

from ..errors import make_visible

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
    log_other, finalize_other = logger(nlp, stdout, stderr)
    shown = [
        name
        for name, weight in nlp.config["training"]["score_weights"].items()
        if weight is not None
    ]
    evaluations: List[Info] = []

    def log_step(info: Optional[Info]) -> None:
        log_other(info)
        if info is not None:
            evaluations.append(info)

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
    scores = ", ".join(
        f"{name} {100 * best['other_scores'][name]:.2f}"
        for name in shown
        if best["other_scores"].get(name) is not None
    )
    if best["score"] > first["score"]:
        return f"Best is step {best['step']}: {scores}"
    return (
        f"Nothing was learned: no step is better than the first one ({scores}). Train "
        "for more steps, or on more annotations. `spacy rehearsal audit` knows some "
        "labels that are hard to learn."
    )
