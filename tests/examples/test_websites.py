import shutil
from pathlib import Path

import pytest
import spacy
import srsly

from tests.util import BASE_MODEL, EXAMPLES, make_docs, run_spacy


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_project_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project runs; a few steps are not enough to learn the label."""
    monkeypatch.setenv("SPACY_CONFIG_OVERRIDES", "--training.eval_frequency=30")
    project = tmp_path / "websites"
    shutil.copytree(EXAMPLES / "websites", project)
    steps = ("--vars.max_steps", 30, "--vars.plain_steps", 60)
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


def test_data() -> None:
    assets = EXAMPLES / "websites" / "assets"
    sizes = {"train": 300, "dev": 150, "base_gold": 200}
    base_labels = set(spacy.load(BASE_MODEL).pipe_labels["ner"])
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
