from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.util import registry
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.memory import Gazetteer
from spacy_rehearsal.pipeline.label_graph import (
    check_acyclic,
    find_edges,
    read_backwards,
)
from spacy_rehearsal.pipeline.rules import parse_rules

VOCAB = spacy.blank("en").vocab


CITIES = Gazetteer(
    [{"name": "Oslo", "label": "CITY"}, {"name": "Norway", "label": "GPE"}]
)


def find(*rules: Any) -> Any:
    return find_edges(parse_rules(rules, VOCAB), {"places": CITIES})


def test_reads_rules_backwards() -> None:
    edges = find(
        {"label": "GPE", "gazetteer": "places"},
        {"label": ["CITY", "FAC"], "to": "DESTINATION"},
        {"label": "ORG", "to": "COMPETITOR"},
        {"label": "PERSON", "to": "GPE", "spans_key": "sc"},
    )
    assert read_backwards(edges) == {
        "CITY": ["GPE"],
        "COMPETITOR": ["ORG"],
        "DESTINATION": ["GPE", "FAC"],
    }


@pytest.mark.parametrize(
    "rules,circle",
    [
        ([{"label": "GPE", "to": "GPE"}], "GPE -> GPE"),
        (
            [{"label": "GPE", "to": "CITY"}, {"label": "CITY", "to": "GPE"}],
            "GPE -> CITY -> GPE",
        ),
        (
            [{"label": "GPE", "gazetteer": "places"}, {"label": "CITY", "to": "GPE"}],
            "GPE -> CITY -> GPE",
        ),
    ],
)
def test_circles_are_named(rules: List[Any], circle: str) -> None:
    with pytest.raises(ConfigValidationError) as error:
        check_acyclic(find(*rules))
    assert f"in a circle: {circle}" in str(error.value)
    assert "rule-0" in str(error.value)


def test_label_map_from_a_config(tmp_path: Path) -> None:
    rules = [
        {"label": ["GPE", "LOC"], "to": "DESTINATION"},
        {"label": "ORG", "to": "COMPETITOR"},
    ]
    srsly.write_jsonl(tmp_path / "rules.jsonl", rules)
    block = {
        "@misc": "spacy-rehearsal.LabelMap.v1",
        "rules": tmp_path / "rules.jsonl",
        "generic": {"DESTINATION": "GPE"},
    }
    label_map = registry.resolve({"label_map": block})["label_map"]
    assert label_map == {"COMPETITOR": "ORG", "DESTINATION": "GPE"}
    for generic, found in (({}, "None"), ({"DESTINATION": "FAC"}, "'FAC'")):
        with pytest.raises(ConfigValidationError, match="GPE, LOC") as error:
            registry.resolve({"label_map": {**block, "generic": generic}})
        assert f"found {found}" in str(error.value)


def test_long_chains_and_many_ways() -> None:
    rules: List[Any] = [{"label": f"L{i}", "to": f"L{i + 1}"} for i in range(5000)]
    edges = find_edges(parse_rules(rules, VOCAB), {})
    check_acyclic(edges)
    assert read_backwards(edges)["L5000"] == ["L0"]
    rules = [
        {"label": f"{i}{a}", "to": f"{i + 1}{b}"}
        for i in range(40)
        for a in "ab"
        for b in "ab"
    ]
    assert read_backwards(find_edges(parse_rules(rules, VOCAB), {}))["40a"] == [
        "0a",
        "0b",
    ]
