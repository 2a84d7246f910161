"""The last line of the log: which step was best, and what it has learned and kept."""

from pathlib import Path
from typing import Any, Dict, List

import pytest

from spacy_rehearsal.training.summary import summarize
from tests.util import BASE_MODEL, run_rehearsal, train_ner

SHOWN = ["new_f", "base_f"]


def test_names_the_step_that_is_saved_as_the_best() -> None:
    evaluations = [
        {"step": 0, "score": 0.0, "other_scores": {"new_f": 0.0, "base_f": 1.0}},
        {"step": 20, "score": 0.3, "other_scores": {"new_f": 0.4, "base_f": 0.96}},
        {"step": 40, "score": 0.3, "other_scores": {"new_f": 0.3, "base_f": 0.98}},
    ]
    # spaCy takes the later one
    assert "Best is step 40: new_f 30.00, base_f 98.00" in summarize(evaluations, SHOWN)
    evaluations[2]["score"] = 0.2
    assert "Best is step 20: new_f 40.00, base_f 96.00" in summarize(evaluations, SHOWN)


def test_leaves_out_what_there_is_nothing_to_count_for() -> None:
    evaluations = [
        {"step": 0, "score": 0.1, "other_scores": {"new_f": 0.1, "base_f": None}},
        {"step": 20, "score": 0.3, "other_scores": {"new_f": 0.3, "base_f": None}},
    ]
    assert summarize(evaluations, SHOWN) == "Best is step 20: new_f 30.00"


@pytest.mark.parametrize(
    "first,last,reason",
    [
        ({"base_f": 1.0}, {"base_f": 0.9}, "has nothing that is to be learned"),
        ({"new_f": 0.0}, {"new_f": 0.4}, "Step 20 had learned something"),
        ({"new_f": 0.0}, {"new_f": 0.0}, "Train for more steps"),
    ],
)
def test_says_why_nothing_was_learned(
    first: Dict[str, float], last: Dict[str, float], reason: str
) -> None:
    evaluations: List[Dict[str, Any]] = [
        {"step": 0, "score": 0.1, "other_scores": first},
        {"step": 20, "score": 0.0, "other_scores": last},
    ]
    assert reason in summarize(evaluations, SHOWN)


def test_what_can_not_be_counted_is_no_zero(sample: Path, tmp_path: Path) -> None:
    run_rehearsal("init-config", BASE_MODEL, tmp_path / "train.cfg")
    steps = ("--training.max_steps", 1, "--training.eval_frequency", 1)
    no_silver = ("--corpora.dev.ratio", 0)
    result = train_ner(tmp_path / "train.cfg", sample, *steps, *no_silver)
    assert result.returncode == 0, result.stdout + result.stderr
    header, _, row, *_ = result.stdout[result.stdout.index("E ") :].splitlines()
    values = dict(zip(header.replace("LOSS NER", "LOSS_NER").split(), row.split()))
    assert values["FALSE_ALARMS"] == "-", result.stdout
    assert values["NEW_F"] == "0.00"


def test_says_if_nothing_was_learned(sample: Path, tmp_path: Path) -> None:
    run_rehearsal("init-config", BASE_MODEL, tmp_path / "train.cfg")
    steps = ("--training.max_steps", 2, "--training.eval_frequency", 1)
    result = train_ner(tmp_path / "train.cfg", sample, *steps)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing was learned" in result.stdout
