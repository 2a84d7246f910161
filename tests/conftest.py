import os
import time
from itertools import islice
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import DocBin

from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import (
    BASE_MODEL,
    EXAMPLES,
    NER_CFG,
    make_docs,
    make_pipeline,
    train_ner,
)

Annotated = List[Tuple[str, Dict[str, Any]]]


@pytest.fixture(scope="session")
def base() -> Language:
    return spacy.load(BASE_MODEL)


@pytest.fixture(scope="session")
def teacher() -> Teacher:
    return Teacher(BASE_MODEL)


@pytest.fixture
def nlp() -> Language:
    """A pipeline like the one in training: the base's, all its components sourced."""
    return spacy.load(BASE_MODEL)


@pytest.fixture(scope="session")
def websites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the websites example, the annotations as .spacy files."""
    path = tmp_path_factory.mktemp("websites")
    assets = EXAMPLES / "websites" / "assets"
    for name in ("train", "dev", "base_gold"):
        docs = make_docs(srsly.read_jsonl(assets / f"{name}.jsonl"))
        DocBin(docs=docs).to_disk(path / f"{name}.spacy")
    srsly.write_jsonl(path / "raw.jsonl", srsly.read_jsonl(assets / "raw.jsonl"))
    return path


@pytest.fixture(scope="session")
def sample(websites: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first of the data of the websites example: enough to train, not to learn."""
    path = tmp_path_factory.mktemp("sample")
    vocab = spacy.blank("en").vocab
    for name in ("train", "dev", "base_gold"):
        docs = DocBin().from_disk(websites / f"{name}.spacy").get_docs(vocab)
        DocBin(docs=islice(docs, 40)).to_disk(path / f"{name}.spacy")
    raw = srsly.read_jsonl(websites / "raw.jsonl")
    srsly.write_jsonl(path / "raw.jsonl", islice(raw, 120))
    return path


@pytest.fixture(scope="session")
def trained(websites: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that a short run of `spacy train configs/ner.cfg` wrote. The first
    process that needs it trains, and the others wait."""
    base = tmp_path_factory.getbasetemp()
    output = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "trained"
    done = output.with_name("trained_done")
    try:
        output.mkdir()
    except FileExistsError:
        while not done.exists():
            time.sleep(0.5)
        return output / "model-last"
    try:
        train_briefly(websites, output)
    finally:
        done.touch()
    return output / "model-last"


def train_briefly(websites: Path, output: Path) -> None:
    result = train_ner(
        *(NER_CFG, websites, "--output", output),
        *("--training.max_steps", 100, "--training.eval_frequency", 100),
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="session")
def token_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pipeline with all components that annotate tokens."""
    factories = ("tagger", "morphologizer", "trainable_lemmatizer", "parser", "ner")
    path = tmp_path_factory.mktemp("tokens") / "base"
    return make_pipeline(path, "tok2vec", *factories)


@pytest.fixture(scope="session")
def senter_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pipeline(tmp_path_factory.mktemp("senter") / "base", "senter")


@pytest.fixture(scope="session", params=["textcat", "textcat_multilabel"])
def category_model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A tiny pipeline whose only component is a text categorizer."""
    path = tmp_path_factory.mktemp("categories") / request.param
    return make_pipeline(path, request.param)


@pytest.fixture(scope="session")
def spancat_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pipeline(tmp_path_factory.mktemp("spancat") / "base", "spancat")
