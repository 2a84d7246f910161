from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.scorer import get_ner_prf
from spacy.tokens import DocBin, Span
from spacy.training import Example

from spacy_rehearsal.report.comparison import Comparison
from tests.util import make_doc


def test_binary_answers_say_nothing_about_the_rest(
    comparison: Comparison, tmp_path: Path
) -> None:
    record = {"text": "Etsy, soup.", "answer": "accept", "_is_binary": True}
    span = {"start": 0, "end": 4, "label": "WEBSITE"}
    srsly.write_jsonl(tmp_path / "gold.jsonl", [{**record, "spans": [span]}])
    comparison.add_gold(comparison.read_gold(tmp_path / "gold.jsonl"))
    labels = comparison.to_dict()["labels"]
    assert labels["WEBSITE"]["after"]["f"] == pytest.approx(100)


def test_partial_annotations_are_scored_as_by_spacy(
    comparison: Comparison, tmp_path: Path
) -> None:
    doc = make_doc("Etsy has soup, soup and Ann Lee.", ("Etsy", "WEBSITE"))
    rest = [doc[i : i + 1] for i in (4, 6, 7)]
    doc.set_ents(list(doc.ents), missing=rest, default="outside")
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    comparison.add_gold(comparison.read_gold(tmp_path / "gold.spacy"))
    after = comparison.to_dict()["labels"]["WEBSITE"]["after"]
    nlp = comparison.trained.nlp
    example = Example(nlp(doc.text), doc)
    expected = get_ner_prf([example])["ents_per_type"]["WEBSITE"]
    assert after == {key: pytest.approx(100 * expected[key]) for key in "prf"}
    assert after["p"] == pytest.approx(50), "one soup is known to be none"


@pytest.mark.parametrize("factory", ["spancat", "senter"])
def test_texts_without_annotation_say_nothing(factory: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe(factory)
    annotated, other = nlp.make_doc("Joe runs."), nlp.make_doc("Ann runs.")
    annotated.spans["sc"] = [Span(annotated, 0, 1, "PERSON")]
    for token in annotated:
        token.is_sent_start = token.i == 0
    DocBin(docs=[annotated, other]).to_disk(tmp_path / "gold.spacy")
    comparison = Comparison(nlp, nlp, component=factory)
    found = {(0, 3, "PERSON")}
    golds = comparison.read_gold(tmp_path / "gold.spacy")
    assert [gold.pick_comparable(found) for gold in golds] == [found, set()]


def test_labels_that_only_the_base_pipeline_has(tmp_path: Path) -> None:
    pipelines = []
    for labels in (["SHOP", "SPORT"], ["SHOP", "GARDEN"]):
        nlp = spacy.blank("en")
        textcat: Any = nlp.add_pipe("textcat")
        for label in labels:
            textcat.add_label(label)
        nlp.initialize()
        pipelines.append(nlp)
    doc = spacy.blank("en")("Joe runs.")
    doc.cats = {"SHOP": 0.0, "SPORT": 1.0}
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    comparison = Comparison(*pipelines, component="textcat")
    [gold] = comparison.read_gold(tmp_path / "gold.spacy")
    assert gold.annotations == {(0, 9, "SPORT")}
