import shutil
from itertools import islice
from pathlib import Path

import pytest
import spacy
import srsly

from tests.util import EXAMPLES, make_docs, run_spacy

LABELS = {
    "dishes": {"DISH", "DRINK"},
    "symptoms": {"SYMPTOM", "MEDICINE"},
    "bike_parts": {"BIKE_PART", "TOOL"},
    "plants": {"PLANT", "PEST"},
    "board_games": {"BOARD_GAME", "GAME_PIECE"},
}
OVERRIDES = "--training.eval_frequency=3 --corpora.train.min_silver=500"


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_project_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project runs; a few steps are not enough to learn the labels."""
    monkeypatch.setenv("SPACY_CONFIG_OVERRIDES", OVERRIDES)
    for name in ("sequence", "websites"):
        shutil.copytree(EXAMPLES / name, tmp_path / name)
    for name in ("raw", "base_gold"):
        path = tmp_path / "websites" / "assets" / f"{name}.jsonl"
        rows = list(islice(srsly.read_jsonl(path), 100))
        srsly.write_jsonl(path, rows)
    project = tmp_path / "sequence"
    result = run_spacy("project", "run", "all", project, "--vars.max_steps", 3)
    assert result.returncode == 0, result.stdout + result.stderr
    comparison = srsly.read_json(project / "metrics" / "comparison.json")
    assert list(comparison) == ["base labels", *LABELS]
    own, last = comparison["base labels"].values()
    assert last > 0.95 * own > 0
    table = result.stdout[result.stdout.index("F-score on gold") :]
    assert all(name in table for name in LABELS)
    nlp = spacy.load(project / "training" / "board_games" / "model-best")
    assert set.union(*LABELS.values()) < set(nlp.pipe_labels["ner"])


def test_data() -> None:
    assets = EXAMPLES / "sequence" / "assets"
    assert {path.name for path in assets.iterdir()} == {*LABELS}
    texts = []
    for name, expected in LABELS.items():
        for split, size in (("train", 36), ("dev", 12)):
            rows = list(srsly.read_jsonl(assets / name / f"{split}.jsonl"))
            assert len(rows) == size
            texts += [text for text, _ in rows]
            labels = {ent.label_ for doc in make_docs(rows) for ent in doc.ents}
            assert labels == expected
            assert any(not annotation["entities"] for _, annotation in rows)
    raw = srsly.read_jsonl(EXAMPLES / "websites" / "assets" / "raw.jsonl")
    assert len(set(texts)) == len(texts)
    assert not {record["text"] for record in raw} & set(texts)
