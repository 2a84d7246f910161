import pytest
import spacy
from thinc.api import ConfigValidationError

from spacy_rehearsal.pipeline.rules import parse_rules

VOCAB = spacy.blank("en").vocab


def test_fills_in_defaults():
    (rule,) = parse_rules([{"label": "GPE", "to": "CITY"}], VOCAB)
    assert rule.id == "rule-0"
    assert rule.labels == ("GPE",)
    assert rule.window == "sentence"
    assert rule.gazetteer is None


def test_takes_one_pattern_or_several():
    one, several = parse_rules(
        [
            {"label": "GPE", "to": "CITY", "context": [{"LOWER": "mayor"}]},
            {"label": ["GPE", "LOC"], "to": "CITY", "unless": [[{"LOWER": "state"}]]},
        ],
        VOCAB,
    )
    assert one.context == [[{"LOWER": "mayor"}]]
    assert several.unless == [[{"LOWER": "state"}]]


@pytest.mark.parametrize(
    "rule,message",
    [
        ({"label": "GPE", "to": "CITY", "windw": 3}, "unknown key 'windw'"),
        ({"to": "CITY"}, "expected a label"),
        ({"label": [], "to": "CITY"}, "expected a label"),
        ({"label": "GPE"}, "to\tmissing"),
        ({"label": "GPE", "to": 3}, "expected a text"),
        ({"label": "GPE", "to": "CITY", "window": -1}, "number of tokens"),
        ({"label": "GPE", "to": "CITY", "context": [{"LOWR": "a"}]}, "valid Matcher"),
        ({"label": "GPE", "to": "CITY", "unless": [[]]}, "valid Matcher"),
        ({"label": "GPE", "to": "CITY", "context": "visit"}, "valid Matcher"),
        ("GPE", "expected an object"),
    ],
)
def test_names_the_rule_that_is_wrong(rule, message: str):
    if isinstance(rule, dict):
        rule["id"] = "my-rule"
    with pytest.raises(ConfigValidationError, match=message) as error:
        parse_rules([{"label": "LOC", "to": "SEA"}, rule], VOCAB)
    assert "rules -> 1" in str(error.value)
    assert "my-rule" in str(error.value) or not isinstance(rule, dict)


def test_ids_are_unique():
    rule = {"id": "same", "label": "GPE", "to": "CITY"}
    with pytest.raises(ConfigValidationError, match="'same'"):
        parse_rules([rule, rule], VOCAB)
