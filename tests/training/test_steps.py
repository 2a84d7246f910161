"""The number of steps follows from the number of words to train on."""

import math
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.util import load_config

from spacy_rehearsal.training.steps import count_steps
from tests.util import BASE_MODEL, run_rehearsal, train_ner

GROWING = {"@schedules": "compounding.v1", "start": 100, "stop": 200, "compound": 2.0}


@pytest.mark.parametrize(
    "size, n_words, n_steps",
    [(100, 250, 3), (100, 300, 3), (100, 1, 1), (GROWING, 500, 3), (GROWING, 501, 4)],
)
def test_counts_the_batches_that_words_are_split_into(
    size: Any, n_words: float, n_steps: int
) -> None:
    assert count_steps(n_words, {"size": size}) == n_steps


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("steps") / "train.cfg"
    run_rehearsal("init-config", BASE_MODEL, path)
    return path


def get_max_steps(config: Path, sample: Path, output: Path, **settings: Any) -> int:
    result = train_ner(
        *(config, sample, "--output", output, "--training.eval_frequency", 100),
        *("--initialize.after_init.epochs", settings.pop("epochs", 1)),
        *("--initialize.after_init.min_steps", settings.pop("min_steps", 1)),
        *("--corpora.train.min_silver", settings.pop("min_silver", 0)),
        *(arg for name, value in settings.items() for arg in (f"--{name}", value)),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    n_steps: int = spacy.load(output / "model-last").config["training"]["max_steps"]
    return n_steps


@pytest.mark.slow
def test_more_words_take_more_steps(config: Path, sample: Path, tmp_path: Path) -> None:
    docs = DocBin().from_disk(sample / "train.spacy").get_docs(spacy.blank("en").vocab)
    n_words = 1.25 * sum(map(len, docs))  # of annotated and raw text
    size = {"training.batcher.size.start": 50, "training.batcher.size.stop": 50}
    for epochs in (1, 2):
        found = get_max_steps(config, sample, tmp_path / "out", epochs=epochs, **size)
        assert found == math.ceil(epochs * n_words / 50)


@pytest.mark.slow
def test_has_a_least_number_of_steps_and_leaves_one_that_is_set(
    config: Path, sample: Path, tmp_path: Path
) -> None:
    assert get_max_steps(config, sample, tmp_path / "a", min_steps=7) == 7
    given = {"training.max_steps": 3}
    assert get_max_steps(config, sample, tmp_path / "b", min_steps=7, **given) == 3


def test_nothing_stops_it_before_the_learn_rate_is_0(config: Path) -> None:
    training = load_config(config)["training"]
    assert training["patience"] == 0  # a slow learner has no better score for long
    total = "${training.max_steps}"
    assert training["optimizer"]["learn_rate"]["total_steps"] == total


def test_refuses_batches_of_something_else(
    config: Path, sample: Path, tmp_path: Path
) -> None:
    text = config.read_text(encoding="utf8").replace(
        "batch_by_words", "batch_by_padded"
    )
    changed = tmp_path / "train.cfg"
    changed.write_text(text.replace("tolerance = 0.2", "buffer = 256"), encoding="utf8")
    result = train_ner(changed, sample)
    assert result.returncode == 1
    assert "counts the words of batches" in result.stdout + result.stderr
