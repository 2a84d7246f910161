"""Configs and pipelines that version 0.1.0 has written still work.

`saved/` holds them: `label_mapper` with tables of all classes, `trained` by
`train.cfg`,
and `tokens.cfg` for components that annotate tokens.
"""

import shutil
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.util import load_config

from tests.util import BASE_MODEL, ROOT, get_ents, make_doc, make_pipeline, run_spacy

SAVED = ROOT / "tests" / "saved"


def test_a_label_mapper_loads_with_its_tables() -> None:
    nlp = spacy.load(SAVED / "label_mapper")
    doc = nlp("Paris, Berlin, Oslo, Lodz")
    assert [(ent.text, ent.label_, ent.kb_id_) for ent in doc.ents] == [
        ("Paris", "TOURIST_DESTINATION", ""),
        ("Berlin", "TOURIST_DESTINATION", "Q64"),
        ("Oslo", "CAPITAL", "Q585"),
        ("Lodz", "FILM_TOWN", ""),
    ]
    assert [ent._.generic_label for ent in doc.ents] == ["GPE"] * 4
    assert get_ents(nlp("Boring Paris")) == [("Paris", "GPE")]


def test_a_trained_pipeline_loads_and_predicts() -> None:
    nlp = spacy.load(SAVED / "trained")
    assert "GOODS" in nlp.pipe_labels["ner"]
    assert get_ents(nlp("Ann sells mugs .")) == [("Ann", "PERSON")]
    assert [token.tag_ for token in nlp("Ann sells mugs .")][:2] == ["NNP", "VBZ"]


@pytest.mark.parametrize("name", ["train.cfg", "trained/config.cfg"])
def test_a_config_trains(name: str, tmp_path: Path) -> None:
    shutil.copy(SAVED / name, tmp_path / "train.cfg")
    make_pipeline(tmp_path / "base", "tok2vec", "tagger", "ner")
    doc = make_doc("Ann sells mugs .", ("mugs", "GOODS"))
    for split in ("train", "dev"):
        DocBin(docs=[doc]).to_disk(tmp_path / f"{split}.spacy")
    (tmp_path / "raw.jsonl").write_text('{"text": "Joe runs in Oslo ."}\n' * 3)
    result = run_spacy(
        *("train", "train.cfg", "--output", "output", "--nlp.lang", "en"),
        *("--paths.base_model", "base", "--paths.train", "train.spacy"),
        *("--paths.dev", "dev.spacy", "--paths.raw", "raw.jsonl"),
        *("--training.max_steps", 2, "--training.eval_frequency", 2),
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    nlp = spacy.load(tmp_path / "output" / "model-last")
    assert "GOODS" in nlp.pipe_labels["ner"]


def test_a_config_for_other_components_trains(tmp_path: Path) -> None:
    assert load_config(SAVED / "tokens.cfg")["training"]["score_weights"]
    doc = Doc(
        spacy.blank("en").vocab,
        words=["Ann", "sells", "mugs"],
        tags=["NNP", "VBZ", "NNS"],
        heads=[1, 1, 1],
        deps=["nsubj", "ROOT", "dobj"],
    )
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    (tmp_path / "raw.jsonl").write_text('{"text": "Joe runs in Oslo."}\n' * 30)
    result = run_spacy(
        *("train", SAVED / "tokens.cfg", "--nlp.lang", "en"),
        *("--paths.base_model", BASE_MODEL, "--paths.train", "gold.spacy"),
        *("--paths.dev", "gold.spacy", "--paths.raw", "raw.jsonl"),
        *("--training.max_steps", 1, "--training.eval_frequency", 1),
        *("--corpora.train.min_silver", 0),
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "NEW_TAG_ACC" in result.stdout and "BASE_DEP_LAS" in result.stdout
