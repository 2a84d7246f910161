"""What is said of the data before training starts."""

from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, List

import pytest
from spacy.tokens import Doc, DocBin

from tests.readers.test_ownership import NEW, OLD
from tests.util import BASE_MODEL, run_rehearsal, train_ner


@pytest.fixture
def config(tmp_path: Path) -> Path:
    run_rehearsal("init-config", BASE_MODEL, tmp_path / "train.cfg")
    return tmp_path / "train.cfg"


def train(
    config: Path, sample: Path, *args: Any, status: int = 0, **docs: List[Doc]
) -> "CompletedProcess[str]":
    """Train for one step, on docs in the place of those of the sample."""
    for name, list_ in docs.items():
        path = config.parent / f"{name}.spacy"
        DocBin(docs=list_).to_disk(path)
        args = (f"--paths.{name}", path, *args)
    steps = ("--training.max_steps", 1, "--training.eval_frequency", 1)
    result = train_ner(config, sample, *args, *steps)
    assert result.returncode == status, result.stdout + result.stderr
    return result


def test_says_whose_the_labels_are(config: Path, sample: Path) -> None:
    result = train(config, sample, train=[*NEW, *OLD])
    assert "PERSON (1 in the gold, 4 more)" in result.stderr
    assert 'as if you had set partial_gold = ["PERSON"]' in result.stderr
