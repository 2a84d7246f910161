from pathlib import Path
from typing import Any, Tuple

import pytest
import srsly
from thinc.api import ConfigValidationError

from spacy_rehearsal.kinds.spans import EntityKind
from spacy_rehearsal.report.comparison import Comparison, find_outcome
from spacy_rehearsal.report.gold import Gold
from tests.report.conftest import make_pipeline
from tests.util import make_doc


def make_gold(text: str, *ents: Tuple[str, str]) -> Gold:
    doc = make_doc(text, *ents)
    entities = {(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents}
    return Gold(text, entities)


def test_labels(comparison: Comparison) -> None:
    assert comparison.base_labels == {"PERSON", "ORG"}
    assert comparison.new_labels == {"WEBSITE"}


def test_scores_of_each_label(comparison: Comparison) -> None:
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


def test_a_label_counts_in_the_files_that_have_it(comparison: Comparison) -> None:
    comparison.add_gold([make_gold("Joe buys on Etsy.", ("Etsy", "WEBSITE"))])
    comparison.add_gold([make_gold("Joe works for Bosch.", ("Bosch", "ORG"))])
    labels = comparison.to_dict()["labels"]
    assert set(labels) == {"WEBSITE", "ORG"}
    assert labels["ORG"]["before"]["f"] == pytest.approx(100)


def test_labels_of_the_gold_that_neither_has(comparison: Comparison) -> None:
    comparison.add_gold(
        [make_gold("Joe buys soup.", ("soup", "WEBSITE"), ("Joe", "CUSTOMER"))]
    )
    result = comparison.to_dict()
    assert result["unknown_labels"] == ["CUSTOMER"]
    # nobody has trained it: what was learned is what the total tells
    assert result["new"]["n_gold"] == 1
    assert result["base"]["n_gold"] == 0
    assert result["labels"]["CUSTOMER"]["n_gold"] == 1


def test_raw_text(comparison: Comparison) -> None:
    comparison.add_raw(iter(["Joe had soup.", "Bosch grows."]))
    raw = comparison.to_dict()["raw"]
    assert (raw["texts"], raw["words"]) == (2, 7)
    assert raw["false_alarms_per_1000_words"] == pytest.approx(1000 / 7)
    assert raw["agreement"] == pytest.approx(200 / 3)


def test_the_texts_that_differ_most(comparison: Comparison) -> None:
    texts = [f"Bosch {i}" for i in range(5)] + ["Joe"] * 12 + ["Ann Lee likes Etsy"]
    comparison.add_raw(texts)
    differences = comparison.to_dict()["differences"]
    assert len(differences) == 10
    assert differences[0] == {
        "text": "Ann Lee likes Etsy",
        "before": [(0, 7, "PERSON"), (14, 18, "ORG")],
        "after": [(0, 3, "PERSON"), (14, 18, "WEBSITE")],
    }


def test_nothing_to_count(comparison: Comparison) -> None:
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
def test_outcomes(after: Any, outcome: str) -> None:
    assert find_outcome((4, 8, "ORG"), after, EntityKind()) == outcome


def test_labels_that_count_as_another_one() -> None:
    base = make_pipeline(("Oslo", "GPE"), ("Fundy", "LOC"), ("Joe", "PERSON"))
    trained = make_pipeline(("Oslo", "GPE"), ("Fundy", "GPE"), ("Etsy", "WEBSITE"))
    label_map = {"GPE": "PLACE", "LOC": "PLACE"}
    comparison = Comparison(base, trained, label_map=label_map)
    text = "Joe left Oslo for Fundy"
    gold = [("Joe", "PERSON"), ("Oslo", "PLACE"), ("Fundy", "PLACE")]
    comparison.add_gold([make_gold(text, *gold)])
    result = comparison.to_dict()
    assert result["label_map"] == label_map
    assert result["new_labels"] == ["WEBSITE"]
    assert result["unknown_labels"] == []
    place = result["labels"]["PLACE"]
    assert (place["before"]["f"], place["after"]["f"]) == (100, 100)
    assert result["became"]["PLACE"] == {"PLACE": 2}


def test_gold_is_mapped_too(tmp_path: Path) -> None:
    base = make_pipeline(("Oslo", "GPE"), ("Fundy", "LOC"))
    comparison = Comparison(base, base, label_map={"GPE": "PLACE", "LOC": "PLACE"})
    path = tmp_path / "gold.jsonl"
    srsly.write_jsonl(path, [["Oslo!", {"entities": [[0, 4, "LOC"]]}]])
    [text] = comparison.read_gold(path)
    assert text.annotations == {(0, 4, "PLACE")}


def test_a_label_map_with_a_label_that_neither_has() -> None:
    base = make_pipeline(("Oslo", "GPE"))
    with pytest.raises(ConfigValidationError, match=r"has the label 'LOC'.*GPE"):
        Comparison(base, base, label_map={"LOC": "PLACE"})
