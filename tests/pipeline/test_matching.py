from itertools import groupby
from typing import Any, Dict, List

import pytest
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc

from spacy_rehearsal.patterns.sequence import needs_sequence
from spacy_rehearsal.pipeline.matching import PatternIndex, replace_entity

TEXTS = [
    "We never visited New York City, but last May we went to Kyoto twice.",
    "Visit Paris! There is a Paris in Arkansas and one in Texas, too.",
    "The mayor of London said that the city of Birmingham owes London nothing at all.",
    "No place here.",
]
PATTERNS: Dict[str, List[Dict[str, Any]]] = {
    "word": [{"LOWER": "visit"}],
    "one of several": [{"TEXT": {"IN": ["mayor", "city", "went"]}}],
    "lower-case keys": [{"lemma": "visit"}, {"ent_type": "GPE", "op": "+"}],
    "words": [{"LEMMA": "go"}, {"LOWER": "to"}],
    "optional in front": [{"LOWER": "never", "OP": "?"}, {"LEMMA": "visit"}],
    "any number behind": [{"LOWER": "mayor"}, {"OP": "*"}, {"LOWER": "birmingham"}],
    "repeated": [{"IS_ALPHA": True, "OP": "{1,3}"}, {"ORTH": "Texas"}],
    "only optional words": [{"LOWER": "a", "OP": "?"}, {"ENT_TYPE": "GPE"}],
    "negated": [{"LOWER": "in"}, {"LOWER": "arkansas", "OP": "!"}],
    "no words": [{"POS": "ADP"}, {"ENT_TYPE": "GPE"}],
    "regex": [{"LOWER": {"REGEX": "^par"}}],
    "fuzzy": [{"LOWER": {"FUZZY": "visitd"}}],
    "two conditions": [{"LEMMA": "go", "POS": "VERB"}],
    "absent": [{"LOWER": "zebra"}],
}
DEPENDENCY = [
    {"RIGHT_ID": "verb", "RIGHT_ATTRS": {"LEMMA": "visit"}},
    {
        **{"LEFT_ID": "verb", "REL_OP": ">", "RIGHT_ID": "place"},
        "RIGHT_ATTRS": {"ENT": True, "DEP": "dobj"},
    },
]


@pytest.fixture(scope="module")
def docs(base: Language) -> List[Doc]:
    return list(base.pipe(TEXTS))


@pytest.mark.parametrize("name", PATTERNS)
def test_finds_what_spacy_finds(name: str, docs: List[Doc]) -> None:
    """Also with all the other patterns around."""
    vocab = docs[0].vocab
    index = PatternIndex(vocab)
    for key, pattern in enumerate(PATTERNS.values(), start=1):
        index.add(key, [pattern], ["GPE"])
    matcher = Matcher(vocab)
    matcher.add(name, [PATTERNS[name]])
    key = list(PATTERNS).index(name) + 1
    n_found = 0
    for doc in docs:
        expected = sorted({(start, end, -1) for _, start, end in matcher(doc)})
        if needs_sequence(PATTERNS[name]):  # of those that begin alike the shortest
            expected = [min(group) for _, group in groupby(expected, lambda m: m[0])]
        assert index(doc, doc.ents, {"GPE"}).get(key, []) == expected
        n_found += len(expected)
    assert bool(n_found) == (name != "absent")


def find(doc: Doc, pattern: List[Dict[str, Any]]) -> List[str]:
    index = PatternIndex(doc.vocab)
    index.add(1, [pattern], ["GPE"])
    found = index(doc, doc.ents, {"GPE"}).get(1, [])
    starts = {ent.start: ent.text for ent in doc.ents}
    return [f"{doc[start:end]} ({starts[about]})" for start, end, about in found]


def test_ent_is_the_whole_entity(docs: List[Doc]) -> None:
    visit: List[Dict[str, Any]] = [{"LEMMA": "visit"}, {"ENT": True}]
    assert find(docs[0], visit) == ["visited New York City (New York City)"]
    assert find(docs[1], visit) == ["Visit Paris (Paris)"]
    before_comma: List[Dict[str, Any]] = [{"ENT": True}, {"ORTH": ","}]
    assert find(docs[0], before_comma) == ["New York City, (New York City)"]
    assert find(docs[1], [{"ENT": True}, {"LOWER": "in"}, {"ORTH": "Arkansas"}]) == [
        "Paris in Arkansas (Paris)"
    ]
    assert find(docs[2], [{"LOWER": "owes"}, {"ENT": True}]) == ["owes London (London)"]
    assert find(docs[0], [{"LOWER": "visited"}, {"ENT": True}, {"ORTH": "City"}]) == []


def test_dependency_patterns(docs: List[Doc]) -> None:
    assert find(docs[0], DEPENDENCY) == ["visited New York City (New York City)"]
    assert find(docs[2], DEPENDENCY) == []


def test_other_labels_are_passed_over(docs: List[Doc]) -> None:
    index = PatternIndex(docs[0].vocab)
    index.add(1, [[{"LOWER": "mayor"}]], ["PERSON"])
    assert index(docs[2], docs[2].ents, {"GPE"}) == {}
    assert index(docs[2], docs[2].ents, {"GPE", "PERSON"}) == {1: [(1, 2, -1)]}


def test_replaces_only_ent() -> None:
    pattern = [{"LOWER": "visit"}, {"OP": "*"}]
    assert replace_entity(pattern) is pattern
