import shutil
from pathlib import Path
from typing import Dict, List, Set

import pytest
import spacy
import srsly

from tests.util import EXAMPLES, make_docs, run_spacy

SEED_SENTENCES = {
    "You should visit Paris once in your life": {"Paris": "TOURIST_DESTINATION"},
    "There's also a Paris in Arkansas, lol": {"Paris": "GPE", "Arkansas": "GPE"},
    "Berlin is perfect for summer holiday": {"Berlin": "TOURIST_DESTINATION"},
    "i went to amsterdem last year and the canals were beautiful": {
        "amsterdem": "TOURIST_DESTINATION"
    },
}


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_project_runs(tmp_path: Path) -> None:
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
    assert "TOURIST_DESTINATION" not in trained.pipe_labels["ner"]


def read_f_scores(path: Path) -> List[float]:
    return [scores["f"] for scores in srsly.read_json(path).values()]


def test_data() -> None:
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
