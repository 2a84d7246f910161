from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.util import registry
from thinc.api import ConfigValidationError

from spacy_rehearsal.pipeline.rules import parse_rules, read_rules

VOCAB = spacy.blank("en").vocab


def test_fills_in_defaults() -> None:
    (rule,) = parse_rules([{"label": "GPE", "to": "CITY"}], VOCAB)
    assert rule.id == "rule-0"
    assert rule.labels == ("GPE",)
    assert rule.window == "sentence"
    assert rule.gazetteer is None


def test_takes_one_pattern_or_several() -> None:
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
        ({"label": "GPE", "to": "CITY", "context": []}, "valid Matcher"),
        ({"label": "GPE", "to": "CITY", "context": ["visit"]}, "valid Matcher"),
        ({"label": "GPE", "to": "CITY", "entity": [{"ENT": True}]}, "own tokens"),
        (
            {"label": "GPE", "to": "CITY", "context": [{"ENT": True, "POS": "X"}]},
            "takes no other keys",
        ),
        ({"label": "GPE", "to": "CITY", "context": [{"ENT": 1}]}, "ENT must be true"),
        (
            {"label": "GPE", "to": "CITY", "context": [{"ENT": True}, {"ENT": True}]},
            "several tokens ENT",
        ),
        (
            {"label": "GPE", "to": "CITY", "context": [[{"RIGHT_ID": "a"}]]},
            "valid DependencyMatcher",
        ),
        ({"label": "GPE", "to": " "}, "expected a text"),
        ({"label": "GPE", "to": "CITY", "kb_id": []}, "expected an id"),
        ({"label": "GPE", "to": "CITY", "kb_id": [90]}, "expected an id"),
        ({"label": "GPE", "to": "CITY", "spans_key": 1}, "expected a text"),
        ({"label": "GPE", "to": "CITY", "min_count": 2}, "the rule has none"),
        (
            {"label": "GPE", "to": "CITY", "min_count": 0, "context": [{"POS": "X"}]},
            "1 or more",
        ),
        ("GPE", "expected an object"),
    ],
)
def test_names_the_rule_that_is_wrong(rule: Any, message: str) -> None:
    if isinstance(rule, dict):
        rule["id"] = "my-rule"
    with pytest.raises(ConfigValidationError, match=message) as error:
        parse_rules([{"label": "LOC", "to": "SEA"}, rule], VOCAB)
    assert "rules -> 1" in str(error.value)
    assert "my-rule" in str(error.value) or not isinstance(rule, dict)


def test_ids_are_unique() -> None:
    rule = {"id": "same", "label": "GPE", "to": "CITY"}
    with pytest.raises(ConfigValidationError, match="'same'"):
        parse_rules([rule, rule], VOCAB)


VISIT = [
    {"RIGHT_ID": "visit", "RIGHT_ATTRS": {"LEMMA": "visit"}},
    {
        **{"LEFT_ID": "visit", "REL_OP": ">", "RIGHT_ID": "place"},
        "RIGHT_ATTRS": {"ENT": True, "DEP": "dobj"},
    },
]


@pytest.mark.parametrize(
    "conditions,needs",
    [
        ({}, set()),
        ({"entity": [{"LOWER": "mount"}]}, set()),
        ({"context": [{"LOWER": "mayor"}]}, {"SENT_START"}),
        ({"context": [{"LOWER": "mayor"}], "window": 3}, set()),
        (
            {"unless": [{"lemma": "go", "pos": "VERB"}], "window": "doc"},
            {"LEMMA", "POS"},
        ),
        ({"context": [VISIT], "window": "doc"}, {"LEMMA", "DEP"}),
    ],
)
def test_knows_what_it_needs(conditions: Any, needs: Any) -> None:
    (rule,) = parse_rules([{"label": "GPE", "to": "CITY", **conditions}], VOCAB)
    assert rule.needs == needs


@pytest.mark.parametrize(
    "line,message",
    [
        ('{"id": "b", "label": "GPE"', "line 3: is not valid JSON"),
        ('{"id": "b", "label": "GPE"}', "line 3: to: missing"),
        ('{"id": "a", "label": "GPE", "to": "B"}', "id: 'a' is the id of line 1 too"),
        ('{"label": "GPE", "to": "B", "unless": [[]]}', "line 3: unless: is no valid"),
        ('{"lable": "GPE", "to": "B"}', "line 3: unknown key 'lable'"),
        ("[]", "line 3: expected an object, found []"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "rules.jsonl"
    path.write_text('{"id": "a", "label": "GPE", "to": "A"}\n\n' + line + "\n")
    with pytest.raises(ConfigValidationError) as error:
        registry.resolve(
            {"rules": {"@readers": "spacy-rehearsal.LabelRules.v1", "path": path}}
        )
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_missing_rules(tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="there is no file"):
        read_rules(tmp_path / "rules.jsonl")


def test_all_rules_together_are_bounded(tmp_path: Path) -> None:
    """Each of them may be fine."""
    link = {"LEFT_ID": "a", "REL_OP": ">>", "RIGHT_ATTRS": {}}
    tree: Any = [{"RIGHT_ID": "a", "RIGHT_ATTRS": {}}]
    tree += [{**link, "RIGHT_ID": f"{i}"} for i in range(49)]
    rules = [{"label": "GPE", "to": "X", "context": tree}] * 101
    parse_rules(rules[:100], spacy.blank("en").vocab)
    message = r"rules -> 100 -> context.*more than 5,000 tokens"
    with pytest.raises(ConfigValidationError, match=f"(?s){message}"):
        parse_rules(rules, spacy.blank("en").vocab)
    srsly.write_jsonl(tmp_path / "rules.jsonl", rules)
    with pytest.raises(ConfigValidationError, match=r"line 101: context: all patterns"):
        read_rules(tmp_path / "rules.jsonl")


def test_rules_with_words_are_not_bounded() -> None:
    words = [{"LOWER": "visit"}, {"LOWER": "to", "OP": "?"}]
    rules = [{"label": "GPE", "to": "X", "context": words}] * 6000
    assert len(parse_rules(rules, spacy.blank("en").vocab)) == 6000
