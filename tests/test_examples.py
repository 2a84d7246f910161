import shutil
from pathlib import Path
from typing import Dict, List, Set

import spacy
import srsly

from .util import BASE_MODEL, EXAMPLES, make_docs, run_spacy

SEED_SENTENCES = {
    "You should visit Paris once in your life": {"Paris": "TOURIST_DESTINATION"},
    "There's also a Paris in Arkansas, lol": {"Paris": "GPE", "Arkansas": "GPE"},
    "Berlin is perfect for summer holiday": {"Berlin": "TOURIST_DESTINATION"},
    "i went to amsterdem last year and the canals were beautiful": {
        "amsterdem": "TOURIST_DESTINATION"
    },
}


def test_travel(tmp_path: Path):
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    project = tmp_path / "examples" / "travel"
    result = run_spacy("project", "run", "all", project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "15 of 15 places are right" in result.stdout
    nlp = spacy.load(project / "training" / "rules")
    for text, expected in SEED_SENTENCES.items():
        ents = {e.text: e.label_ for e in nlp(text).ents if e.text in expected}
        assert ents == expected
    base, gazetteer, rules = read_f_scores(project / "metrics" / "evaluation.json")
    assert base == 0 < gazetteer < rules - 0.2
    result = run_spacy("project", "run", "roundtrip", project, "--vars.max_steps", 10)
    assert result.returncode == 0, result.stdout + result.stderr
    before, after = read_f_scores(project / "metrics" / "trained.json")
    assert before == rules
    assert after > rules - 0.05
    trained = spacy.load(project / "training" / "trained" / "model-best")
    assert "TOURIST_DESTINATION" not in trained.get_pipe("ner").labels


def read_f_scores(path: Path) -> List[float]:
    return [scores["f"] for scores in srsly.read_json(path).values()]


def test_travel_data():
    texts: Dict[str, Set[str]] = {}
    for name in ("train", "dev", "sentences", "evaluation"):
        rows = list(srsly.read_jsonl(EXAMPLES / "travel" / "assets" / f"{name}.jsonl"))
        docs = make_docs(rows)
        labels = {ent.label_ for doc in docs for ent in doc.ents}
        assert labels == {"GPE", "TOURIST_DESTINATION"}
        texts[name] = {doc.text for doc in docs}
        assert len(texts[name]) == len(rows)
    assert len(texts["evaluation"]) >= 200
    assert not texts["evaluation"] & (
        texts["train"] | texts["dev"] | texts["sentences"]
    )


def test_websites(tmp_path: Path):
    """The project runs; a few steps are not enough to learn the label."""
    project = tmp_path / "websites"
    shutil.copytree(EXAMPLES / "websites", project)
    steps = ("--vars.max_steps", 100, "--vars.plain_steps", 100)
    result = run_spacy("project", "run", "all", project, *steps)
    assert result.returncode == 0, result.stdout + result.stderr
    comparison = srsly.read_json(project / "metrics" / "comparison.json")
    assert list(comparison) == ["base", "plain", "rehearsed"]
    for scores in comparison.values():
        assert list(scores) == ["new_f", "base_f", "seconds"]
    base, plain, rehearsed = comparison.values()
    assert base["new_f"] == base["seconds"] == 0
    assert plain["base_f"] < 0.1 * base["base_f"]
    assert rehearsed["base_f"] > 0.95 * base["base_f"]
    table = result.stdout[result.stdout.index("F-score on gold") :]
    for word in ("WEBSITE", "PERSON", "all base labels", "training seconds"):
        assert word in table


def test_websites_data():
    assets = EXAMPLES / "websites" / "assets"
    sizes = {"train": 300, "dev": 150, "base_gold": 200}
    base_labels = set(spacy.load(BASE_MODEL).get_pipe("ner").labels)
    texts = set()
    for name, size in sizes.items():
        rows = list(srsly.read_jsonl(assets / f"{name}.jsonl"))
        assert len(rows) >= size
        texts |= {text for text, _ in rows}
        labels = {ent.label_ for doc in make_docs(rows) for ent in doc.ents}
        assert labels == (base_labels if name == "base_gold" else {"WEBSITE"})
        assert any(not annotation["entities"] for _, annotation in rows)
    raw = [record["text"] for record in srsly.read_jsonl(assets / "raw.jsonl")]
    assert len(set(raw)) == len(raw) >= 800
    assert not texts & set(raw)
