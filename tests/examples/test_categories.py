import shutil
from pathlib import Path

import pytest
import spacy
import srsly

from tests.util import BASE_MODEL, EXAMPLES, run_spacy

OLD = ["DELIVERY", "RETURN", "PAYMENT"]


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_project_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project runs; a few steps are enough to forget, not to learn."""
    overrides = "--training.max_steps=60 --training.eval_frequency=60"
    monkeypatch.setenv("SPACY_CONFIG_OVERRIDES", overrides)
    project = tmp_path / "categories"
    shutil.copytree(EXAMPLES / "categories", project)
    result = run_spacy("project", "run", "all", project, "--vars.max_steps", 60)
    assert result.returncode == 0, result.stdout + result.stderr
    comparison = srsly.read_json(project / "metrics" / "comparison.json")
    assert list(comparison) == ["first", "plain", "rehearsed"]
    first, plain, rehearsed = comparison.values()
    assert list(first) == [*OLD, "REPAIR", "mean of the old"]
    assert first["REPAIR"] == 0 < plain["REPAIR"]
    assert plain["mean of the old"] < 0.2 * first["mean of the old"]
    assert rehearsed["mean of the old"] > 0.5 * first["mean of the old"] > 20
    table = result.stdout[result.stdout.index("F-score on mails") :]
    assert all(name in table for name in [*OLD, "REPAIR", "rehearsed"])
    nlp = spacy.load(project / "training" / "rehearsed" / "model-best")
    assert nlp.pipe_labels["textcat"] == [*OLD, "REPAIR"]
    doc = nlp("Ms. Okonkwo hadn't sold her flat in Graz before March.")
    base_doc = spacy.load(BASE_MODEL)(doc.text)
    assert doc.to_json()["tokens"] == base_doc.to_json()["tokens"]


def test_data() -> None:
    assets = EXAMPLES / "categories" / "assets"
    texts = [record["text"] for record in srsly.read_jsonl(assets / "raw.jsonl")]
    for name, size in (("train", 60), ("dev", 20)):
        first = list(srsly.read_jsonl(assets / "first" / f"{name}.jsonl"))
        found = [max(a["cats"], key=a["cats"].get) for _, a in first]
        assert [found.count(category) for category in OLD] == [size] * 3
        second = list(srsly.read_jsonl(assets / "second" / f"{name}.jsonl"))
        assert all(annotation == {"cats": {"REPAIR": 1.0}} for _, annotation in second)
        texts += [text for text, _ in [*first, *second]]
    assert len(set(texts)) == len(texts)
