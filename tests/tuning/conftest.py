from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Corpus
from spacy.training.corpus import JsonlCorpus

from spacy_rehearsal.cli.init_config import init_config
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import make_doc

OVERRIDES = {
    "corpora.train.split": None,
    "corpora.dev.split": None,
    "corpora.train.min_silver": 0,
    "training.max_steps": 20,
    "training.eval_frequency": 20,
    "training.optimizer.learn_rate.initial_rate": 0.02,
    "training.optimizer.learn_rate.warmup_steps": 5,
}


@pytest.fixture(scope="session", params=["grown", "in place"])
def trained(
    request: pytest.FixtureRequest,
    token_model: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The tiny pipeline after its `ner`, which listens to a tok2vec, has learned two
    labels in one of the two ways."""
    path = tmp_path_factory.mktemp("trained")
    docs = [
        make_doc("Ann sells mugs .", ("mugs", "GOODS")),
        make_doc("Joe sells mugs in Oslo .", ("mugs", "GOODS"), ("sells", "ACT")),
        make_doc("It rained ."),
    ]
    DocBin(docs=docs).to_disk(path / "gold.spacy")
    texts = ["It rained .", "Joe runs in Oslo .", "Ann runs ."] * 5
    texts.append("Joe sells Ann .")  # one more, and they would be full of new labels
    srsly.write_jsonl(path / "raw.jsonl", [{"text": text} for text in texts] * 8)
    files = {"train": "gold.spacy", "dev": "gold.spacy", "raw": "raw.jsonl"}
    config = init_config(
        str(token_model),
        paths={name: str(path / file_) for name, file_ in files.items()},
        in_place=request.param == "in place",
    )
    (path / "config.cfg").write_text(config)
    train(path / "config.cfg", path, overrides=OVERRIDES)
    return path / "model-last"


@pytest.fixture(scope="session")
def tiny_teacher(token_model: Path) -> Teacher:
    return Teacher(token_model)


@pytest.fixture
def trained_nlp(trained: Path) -> Language:
    return spacy.load(trained)


@pytest.fixture
def examples(trained: Path, trained_nlp: Language, tiny_teacher: Teacher) -> List[Any]:
    directory = trained.parent
    corpus = RehearsalCorpus(
        Corpus(directory / "gold.spacy"),
        tiny_teacher,
        raw=JsonlCorpus(directory / "raw.jsonl"),
        min_silver=150,
        fresh=False,
        shuffle=False,
    )
    return list(corpus(trained_nlp))
