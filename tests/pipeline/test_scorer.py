from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example

from tests.pipeline.util import add
from tests.util import make_doc, run_spacy


def test_scores(nlp: Language, tmp_path: Path) -> None:
    """Generic scores are those of the pipeline without label_mapper."""
    text = "We loved Paris, and Rome, and so did Angela Merkel when she was in Oslo."
    gold = [
        make_doc(text, ("Paris", "GPE"), ("Rome", "LOC"), ("Angela Merkel", "PERSON")),
        make_doc("Nothing at all."),
    ]
    specific = [
        make_doc(text, ("Paris", "DESTINATION"), ("Rome", "DESTINATION")),
        make_doc("Nothing at all."),
    ]
    generic_scores = nlp.evaluate([Example(nlp.make_doc(d.text), d) for d in gold])
    add(
        nlp,
        {"label": ["GPE", "LOC"], "to": "DESTINATION", "gazetteer": "t"},
        t=["Paris"],
    )
    scores = nlp.evaluate([Example(nlp.make_doc(d.text), d) for d in gold])
    for key in ("ents_p", "ents_r", "ents_f", "ents_per_type"):
        assert scores[key] == generic_scores[key]
    assert scores["specific_f"] is None
    assert scores["ents_f"] == pytest.approx(2 * 2 / 7)
    scores = nlp.evaluate([Example(nlp.make_doc(d.text), d) for d in specific])
    assert scores["specific_p"] == 1
    assert scores["specific_r"] == 0.5
    assert scores["specific_per_type"]["DESTINATION"]["f"] == pytest.approx(2 / 3)
    assert (
        scores["ents_per_type"]["DESTINATION"]
        == scores["specific_per_type"]["DESTINATION"]
    )
    assert scores["ents_per_type"]["GPE"]["p"] == pytest.approx(2 / 3)
    DocBin(docs=specific).to_disk(tmp_path / "gold.spacy")
    nlp.to_disk(tmp_path / "model")
    result = run_spacy("evaluate", tmp_path / "model", tmp_path / "gold.spacy")
    assert result.returncode == 0, result.stderr
    row = next(line for line in result.stdout.splitlines() if "DESTINATION" in line)
    assert row.split() == ["DESTINATION", "100.00", "50.00", "66.67"]


def test_scorer_can_be_left_out(nlp: Language) -> None:
    nlp.add_pipe("label_mapper", config={"scorer": None})
    text = "We loved Paris."
    example = Example(nlp.make_doc(text), make_doc(text, ("Paris", "GPE")))
    assert "specific_f" not in nlp.evaluate([example])
