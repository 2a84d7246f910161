import shutil
from pathlib import Path

import pytest
import spacy
import srsly

from spacy_rehearsal import SimpleCorpus
from tests.util import EXAMPLES, run_spacy

LABELS = {"ROOT", "PLACE", "QUALITY", "ATTRIBUTE", "TIME", "LOCATION"}


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_project_runs(tmp_path: Path) -> None:
    """The project runs; a few steps are enough to learn something."""
    project = tmp_path / "intents"
    shutil.copytree(EXAMPLES / "intents", project)
    result = run_spacy("project", "run", "all", project, "--vars.max_steps", 60)
    assert result.returncode == 0, result.stdout + result.stderr
    scores = srsly.read_json(project / "metrics" / "evaluation.json")
    assert scores["dep_uas"] >= scores["dep_las"] > 0.3
    assert set(scores["dep_las_per_type"]) == LABELS
    assert scores["same"] == scores["texts"] == 36
    assert "36 of 36 texts are parsed as by the base pipeline" in result.stdout
    shown = result.stdout[result.stdout.index("relation") :]
    assert "Glasgow" in shown and "amod" in shown


def test_data() -> None:
    """Each request is one tree, and asks for a place."""
    nlp = spacy.blank("en")
    texts, labels = set(), set()
    for name, size in (("train", 96), ("dev", 36)):
        path = EXAMPLES / "intents" / "assets" / f"{name}.jsonl"
        docs = [example.reference for example in SimpleCorpus(path)(nlp)]
        assert len(docs) == size
        for doc in docs:
            texts.add(doc.text)
            labels |= {token.dep_ for token in doc}
            [root] = [token for token in doc if token.dep_ == "ROOT"]
            assert [*root.subtree] == [*doc]
            places = [token for token in doc if token.dep_ == "PLACE"]
            assert {token.head for token in places} == {root}
    assert len(texts) == 132
    assert labels == {*LABELS, "-"}
