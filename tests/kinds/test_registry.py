import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.tokens import Doc, DocBin
from thinc.api import fix_random_seed

from tests.util import SENTENCES, TOK2VEC, make_example

# what a package of somebody else has: a component, its kind, and two entry points
MODULE = '''
from spacy.language import Language
from spacy.pipeline.tagger import Tagger

from spacy_rehearsal import Kind
from spacy_rehearsal.kinds.base import locate_tokens
from spacy_rehearsal.kinds.resize import add_label_output
from spacy_rehearsal.kinds.tokens import TokenCompletion


@Language.factory("part_tagger", default_score_weights={"tag_acc": 1.0})
def create_part_tagger(nlp: Language, name: str, model):
    return Tagger(nlp.vocab, model, name)


class PartKind(Kind):
    """Parts, as `part_tagger` finds them."""

    noun = "part"
    places = ("token.tag_",)
    attrs = ("TAG",)
    scores = ("tag_acc",)
    is_by_token = True

    def get_labels(self, pipe, doc):
        return [token.tag_ for token in doc if token.tag]

    def get_annotations(self, pipe, doc):
        return locate_tokens(doc, lambda token: (token.tag_,))

    def create_completion(self, pipe, **settings):
        return TokenCompletion("TAG")

    def add_label(self, pipe, label):
        add_label_output(pipe, label)
'''
ENTRY_POINTS = """
[spacy_factories]
part_tagger = parts:create_part_tagger

[spacy_rehearsal_kinds]
part_tagger = parts:PartKind
"""
TAGGER = {"@architectures": "spacy.Tagger.v2", "tok2vec": TOK2VEC}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what installing such a package writes."""
    path = tmp_path / "site-packages"
    info = path / "parts-1.0.dist-info"
    info.mkdir(parents=True)
    (path / "parts.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parts\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(path)
    return path


def make_base(path: Path) -> None:
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("part_tagger", config={"model": TAGGER})
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(60):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(path)


def get_tags(doc: Doc) -> List[str]:
    return [token.tag_ for token in doc]


@pytest.mark.slow
def test_another_package_adds_a_kind(package: Path, tmp_path: Path) -> None:
    import_module("parts")
    make_base(tmp_path / "base")
    base = spacy.load(tmp_path / "base")
    gold = base.make_doc("Ann sells mugs .")
    gold[2].tag_ = "GOODS"
    DocBin(docs=[gold] * 8).to_disk(tmp_path / "gold.spacy")
    text = "It rained . Joe runs in Oslo ."
    before = get_tags(base(text))
    srsly.write_jsonl(tmp_path / "raw.jsonl", [{"text": text}] * 8)

    def run(*args: Any) -> str:
        result = subprocess.run(
            [sys.executable, "-m", "spacy", *map(str, args)],
            env={**os.environ, "PYTHONPATH": str(package)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    data = ("--train", "gold.spacy", "--dev", "gold.spacy", "--raw", "raw.jsonl")
    run("rehearsal", "init-config", "base", "parts.cfg", "-c", "part_tagger", *data)
    steps = ("--training.max_steps", 30, "--training.eval_frequency", 30)
    rate = ("--training.optimizer.learn_rate.initial_rate", 0.02)
    printed = run(
        *("train", "parts.cfg", "--output", "output", *steps, *rate),
        *("--training.optimizer.learn_rate.warmup_steps", 5),
        *("--corpora.train.min_silver", 0, "--corpora.train.ratio", 1.0),
        *("--corpora.train.split", "null", "--corpora.dev.split", "null"),
    )
    assert "NEW_TAG_ACC" in printed
    trained = spacy.load(tmp_path / "output" / "model-last")
    assert get_tags(trained("Ann sells mugs .")) == ["NNP", "VBZ", "GOODS", "."]
    assert get_tags(trained(text)) == before
    printed = run(
        "rehearsal",
        "report",
        "base",
        "output/model-last",
        "gold.spacy",
        "-c",
        "part_tagger",
    )
    assert "GOODS" in printed
