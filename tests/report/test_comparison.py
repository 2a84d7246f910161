import time
from pathlib import Path
from typing import Any, List, Tuple

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.scorer import get_ner_prf
from spacy.tokens import DocBin, Span
from spacy.training import Example

from spacy_rehearsal.kinds.spans import EntityKind
from spacy_rehearsal.report.comparison import Comparison, Gold, find_outcome
from tests.util import make_doc

Patterns = List[Tuple[str, str]]


def make_pipeline(*patterns: Tuple[str, str]) -> Language:
    """A pipeline that finds names, as the recognizers to compare."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    entries = [{"pattern": name, "label": label} for name, label in patterns]
    ruler.add_patterns(entries)  # type: ignore[attr-defined]
    return nlp


def make_gold(text: str, *ents: Tuple[str, str]) -> Gold:
    doc = make_doc(text, *ents)
    entities = {(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents}
    return Gold(text, entities)


@pytest.fixture
def comparison() -> Comparison:
    base = make_pipeline(
        *(("Ann Lee", "PERSON"), ("Joe", "PERSON"), ("Etsy", "ORG"), ("Bosch", "ORG"))
    )
    trained = make_pipeline(
        *(("Ann", "PERSON"), ("Etsy", "WEBSITE"), ("Bosch", "ORG"), ("soup", "WEBSITE"))
    )
    return Comparison(base, trained)


def test_labels(comparison: Comparison):
    assert comparison.base_labels == {"PERSON", "ORG"}
    assert comparison.new_labels == {"WEBSITE"}


def test_scores_of_each_label(comparison: Comparison):
    comparison.add_gold(
        [
            make_gold(
                "Ann Lee left Bosch for Etsy.",
                *(("Ann Lee", "PERSON"), ("Bosch", "ORG"), ("Etsy", "WEBSITE")),
            ),
            make_gold("Joe had soup.", ("Joe", "PERSON")),
        ]
    )
    result = comparison.to_dict()
    labels = result["labels"]
    assert list(labels) == ["WEBSITE", "ORG", "PERSON"]
    assert labels["WEBSITE"]["before"] == {"p": 0.0, "r": 0.0, "f": 0.0}
    after = labels["WEBSITE"]["after"]
    assert (after["p"], after["r"]) == (pytest.approx(50), pytest.approx(100))
    assert labels["PERSON"]["before"]["f"] == pytest.approx(100)
    assert labels["PERSON"]["after"]["f"] == 0
    assert labels["ORG"]["before"]["p"] == pytest.approx(50), "Etsy is no ORG"
    assert result["new"]["n_gold"] == 1
    assert result["base"]["n_gold"] == 3
    before, after = result["base"]["before"]["f"], result["base"]["after"]["f"]
    assert (before, after) == (pytest.approx(600 / 7), pytest.approx(40))
    assert result["retention"] == pytest.approx(100 * after / before)
    assert result["became"] == {
        "ORG": {"ORG": 1, "WEBSITE": 1},
        "PERSON": {"other borders": 1, "no entity": 1},
    }


def test_a_label_counts_in_the_files_that_have_it(comparison: Comparison):
    comparison.add_gold([make_gold("Joe buys on Etsy.", ("Etsy", "WEBSITE"))])
    comparison.add_gold([make_gold("Joe works for Bosch.", ("Bosch", "ORG"))])
    labels = comparison.to_dict()["labels"]
    assert set(labels) == {"WEBSITE", "ORG"}
    assert labels["ORG"]["before"]["f"] == pytest.approx(100)


def test_labels_of_the_gold_that_neither_has(comparison: Comparison):
    comparison.add_gold(
        [make_gold("Joe buys soup.", ("soup", "WEBSITE"), ("Joe", "CUSTOMER"))]
    )
    result = comparison.to_dict()
    assert result["unknown_labels"] == ["CUSTOMER"]
    assert result["new"]["n_gold"] == 1
    assert result["labels"]["CUSTOMER"]["n_gold"] == 1


def test_binary_answers_say_nothing_about_the_rest(
    comparison: Comparison, tmp_path: Path
):
    record = {"text": "Etsy, soup.", "answer": "accept", "_is_binary": True}
    span = {"start": 0, "end": 4, "label": "WEBSITE"}
    srsly.write_jsonl(tmp_path / "gold.jsonl", [{**record, "spans": [span]}])
    comparison.add_gold(comparison.read_gold(tmp_path / "gold.jsonl"))
    labels = comparison.to_dict()["labels"]
    assert labels["WEBSITE"]["after"]["f"] == pytest.approx(100)


def test_partial_annotations_are_scored_as_by_spacy(
    comparison: Comparison, tmp_path: Path
):
    doc = make_doc("Etsy has soup, soup and Ann Lee.", ("Etsy", "WEBSITE"))
    rest = [doc[i : i + 1] for i in (4, 6, 7)]
    doc.set_ents(doc.ents, missing=rest, default="outside")
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    comparison.add_gold(comparison.read_gold(tmp_path / "gold.spacy"))
    after = comparison.to_dict()["labels"]["WEBSITE"]["after"]
    nlp = comparison.pipelines[1]
    example = Example(nlp(doc.text), doc)
    expected = get_ner_prf([example])["ents_per_type"]["WEBSITE"]
    assert after == {key: pytest.approx(100 * expected[key]) for key in "prf"}
    assert after["p"] == pytest.approx(50), "one soup is known to be none"


@pytest.mark.parametrize("factory", ["spancat", "senter"])
def test_texts_without_annotation_say_nothing(factory: str, tmp_path: Path):
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


def test_labels_that_only_the_base_pipeline_has(tmp_path: Path):
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


def test_the_first_texts_are_not_in_the_speed(comparison: Comparison):
    nlp = comparison.pipelines[0]
    calls: List[str] = []

    @Language.component("slow_start", retokenizes=False)
    def slow_start(doc):
        if not calls:
            time.sleep(1)
        calls.append(doc.text)
        return doc

    nlp.add_pipe("slow_start")
    comparison.add_raw(["Joe had soup."])
    assert comparison.seconds[0] < 1
    assert len(calls) == 2


def test_raw_text(comparison: Comparison):
    comparison.add_raw(iter(["Joe had soup.", "Bosch grows."]))
    raw = comparison.to_dict()["raw"]
    assert (raw["texts"], raw["words"]) == (2, 7)
    assert raw["false_alarms_per_1000_words"] == pytest.approx(1000 / 7)
    assert raw["agreement"] == pytest.approx(200 / 3)


def test_the_texts_that_differ_most(comparison: Comparison):
    texts = [f"Bosch {i}" for i in range(5)] + ["Joe"] * 12 + ["Ann Lee likes Etsy"]
    comparison.add_raw(texts)
    differences = comparison.to_dict()["differences"]
    assert len(differences) == 10
    assert differences[0] == {
        "text": "Ann Lee likes Etsy",
        "before": [(0, 7, "PERSON"), (14, 18, "ORG")],
        "after": [(0, 3, "PERSON"), (14, 18, "WEBSITE")],
    }


def test_nothing_to_count(comparison: Comparison):
    result = comparison.to_dict()
    assert result["retention"] is None
    assert result["raw"] is None
    assert result["megabytes"] == {"before": None, "after": None}


@pytest.mark.parametrize(
    "after,outcome",
    [
        ({(4, 8, "ORG")}, "ORG"),
        ({(4, 8, "WEBSITE")}, "WEBSITE"),
        ({(4, 9, "ORG"), (0, 3, "DATE")}, "other borders"),
        ({(5, 9, "GPE")}, "GPE"),
        ({(0, 4, "ORG")}, "no entity"),
    ],
)
def test_outcomes(after, outcome):
    assert find_outcome((4, 8, "ORG"), after, EntityKind()) == outcome
