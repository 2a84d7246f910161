"""The last line of the log: which step was best, and what it has learned and kept."""

from pathlib import Path

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


def test_says_if_nothing_was_learned(sample: Path, tmp_path: Path) -> None:
    run_rehearsal("init-config", BASE_MODEL, tmp_path / "train.cfg")
    steps = ("--training.max_steps", 2, "--training.eval_frequency", 1)
    result = train_ner(tmp_path / "train.cfg", sample, *steps)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing was learned" in result.stdout
