"""Kinds are found by factory, those of other packages as well."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest
import spacy
import srsly
from spacy.tokens import Doc, DocBin
from thinc.api import ConfigValidationError

from spacy_rehearsal.kinds.base import Kind
from spacy_rehearsal.kinds.registry import find_kinds, kinds
from spacy_rehearsal.kinds.tokens import SentenceKind
from tests.util import ROOT, run_rehearsal

SENTENCES = [
    (["I", "ca", "n't", "swim"], ["-", "can", "not", "-"]),
    (["She", "wo", "n't", "sing"], ["-", "will", "not", "-"]),
    (["They", "are", "n't", "here"], ["-", "-", "not", "-"]),
]
NEW = [
    (["We", "'re", "late"], ["-", "are", "-"]),
    (["You", "'re", "it"], ["-", "are", "-"]),
]
ENDS = (
    "",
    " .",
    " !",
    " now",
    " today",
    " here",
    " there",
    " again",
    " at all",
    " yet",
)
MAKE_BASE = """
import sys
import spacy
import srsly
from spacy.tokens import DocBin
from spacy.training import Example
spacy.util.fix_random_seed(0)
nlp = spacy.blank("en")
nlp.add_pipe("expander")
docs = DocBin().from_disk("base_gold.spacy").get_docs(nlp.vocab)
examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
optimizer = nlp.initialize(lambda: examples)
for _ in range(40):
    nlp.update(examples, sgd=optimizer)
nlp.to_disk("base")
"""
TRAIN = """
from spacy.cli._util import app, setup_cli
from spacy import registry
registry.cli.get_all()
for command in (
    "rehearsal init-config base train.cfg -c expander -t train.spacy -d dev.spacy"
    " -r raw.jsonl",
    "train train.cfg --output output --corpora.train.min_silver 100"
    " --training.max_steps 40 --training.eval_frequency 20"
    " --training.batcher.size.start 50 --training.optimizer.learn_rate.warmup_steps 1"
    " --training.optimizer.learn_rate.initial_rate 0.01",
    "rehearsal report base output/model-last dev.spacy base_gold.spacy -c expander"
    " --json",
):
    app(command.split(), standalone_mode=False)
"""
ENTRY_POINTS = """
[spacy_factories]
expander = expander:create_expander

[spacy_rehearsal_kinds]
expander = expander:ExpansionKind
"""


def test_every_kind_says_what_it_is() -> None:
    for factory, class_ in kinds.get_all().items():
        kind = class_()
        assert isinstance(kind, Kind)
        assert kind.noun and kind.places, factory


@pytest.mark.parametrize(
    "components,message",
    [
        (["nix"], "'base' has no component 'nix', it has: ner, parser, senter, ruler"),
        (["ruler"], "'ruler' can't be rehearsed yet: its factory is entity_ruler"),
        (["parser", "senter"], "'parser' and 'senter' can't be trained at once"),
    ],
)
def test_says_what_can_not_be_rehearsed(components: List[str], message: str) -> None:
    factories = {"ner": "ner", "parser": "parser", "senter": "senter"}
    factories["ruler"] = "entity_ruler"
    config = {
        "nlp": {"pipeline": list(factories)},
        "components": {name: {"factory": f} for name, f in factories.items()},
    }
    with pytest.raises(ConfigValidationError, match=message):
        find_kinds(config, components, base_model="base", loc=["component"])


def test_a_kind_without_a_way_to_add_labels_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Components for sentences can't"):
        SentenceKind().add_label(None, "NEW")


def test_a_kind_that_would_lose_its_annotation_is_refused() -> None:
    with pytest.raises(TypeError, match="annotates tokens, and has no attrs"):
        type("ToneKind", (Kind,), {"places": ("token.tone_",)})


@pytest.fixture
def other_package(tmp_path: Path) -> Path:
    """A directory for sys.path in which another package is installed."""
    path = tmp_path / "site-packages"
    metadata = path / "expander-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Name: expander\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    shutil.copy(ROOT / "tests" / "kinds" / "expander.py", path)
    return path


@pytest.mark.slow
def test_a_kind_of_another_package_is_trained(
    other_package: Path, tmp_path: Path
) -> None:
    """Its component learns a new label and keeps its old ones."""

    def run(code: str) -> str:
        result = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{other_package}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    vocab = spacy.blank("en").vocab
    for name, rows in (("base_gold", SENTENCES), ("train", NEW), ("dev", NEW)):
        docs = [Doc(vocab, words=words, lemmas=lemmas) for words, lemmas in rows]
        DocBin(docs=docs).to_disk(tmp_path / f"{name}.spacy")
    texts = [" ".join(w) + end for end in ENDS for w, _ in SENTENCES]
    srsly.write_jsonl(tmp_path / "raw.jsonl", ({"text": text} for text in texts))
    printed = run(MAKE_BASE + TRAIN)
    meta = srsly.read_json(tmp_path / "output" / "model-last" / "meta.json")
    assert meta["performance"]["new_lemma_acc"] == 1.0
    assert meta["performance"]["agreement_lemma_acc"] > 0.9
    report = srsly.json_loads(printed[printed.index("{") :])
    assert report["annotation"] == "expansion"
    assert report["new_labels"] == ["are"]
    assert report["new"]["before"]["f"] == 0 and report["new"]["after"]["f"] == 100
    assert report["retention"] > 90


def test_pipelines_that_recognize_nothing(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.to_disk(tmp_path / "blank")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "sents")
    output = tmp_path / "out.cfg"
    for args, message in [
        (("blank",), "has no component: it knows nothing yet. Give another"),
        (("blank", "-c", "nerd"), "has no component 'nerd', it has: none"),
        (("sents",), "has no entity recognizer, it has: sentencizer. Say with --comp"),
    ]:
        base, *rest = args
        printed = run_rehearsal("init-config", tmp_path / base, output, *rest, status=1)
        assert message in " ".join(printed.output.split())
        assert not output.exists()
