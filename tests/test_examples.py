import shutil
from pathlib import Path

import spacy
import srsly

from .util import BASE_MODEL, EXAMPLES, ROOT, make_docs, run_spacy

SEED_SENTENCES = {
    "You should visit Paris once in your life": {"Paris": "TOURIST_DESTINATION"},
    "There's also a Paris in Arkansas, lol": {"Paris": "GPE", "Arkansas": "GPE"},
    "Berlin is perfect for summer holiday": {"Berlin": "TOURIST_DESTINATION"},
    "i went to amsterdem last year and the canals were beautiful": {
        "amsterdem": "TOURIST_DESTINATION"
    },
}


def test_travel(tmp_path: Path):
    shutil.copytree(EXAMPLES / "travel", tmp_path / "travel")
    project = tmp_path / "travel"
    result = run_spacy("project", "run", "all", project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "15 of 15 places are right" in result.stdout
    nlp = spacy.load(project / "training" / "travel")
    for text, expected in SEED_SENTENCES.items():
        ents = {e.text: e.label_ for e in nlp(text).ents if e.text in expected}
        assert ents == expected


def test_websites(tmp_path: Path):
    """The project runs; a few steps are not enough to learn the label."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    project = tmp_path / "examples" / "websites"
    shutil.copytree(EXAMPLES / "websites", project)
    result = run_spacy("project", "run", "all", project, "--vars.max_steps", 100)
    assert result.returncode == 0, result.stdout + result.stderr
    comparison = srsly.read_json(project / "metrics" / "comparison.json")
    assert list(comparison) == ["base", "plain", "rehearsed"]
    for scores in comparison.values():
        assert list(scores) == ["new_f", "old_f", "seconds"]
    base, plain, rehearsed = comparison.values()
    assert base["new_f"] == base["seconds"] == 0
    assert plain["old_f"] < 0.1 * base["old_f"]
    assert rehearsed["old_f"] > 0.95 * base["old_f"]
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
