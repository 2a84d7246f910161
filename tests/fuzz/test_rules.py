"""Rules and patterns of label_mapper and PatternCorpus."""

from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from spacy_rehearsal.pipeline.label_mapper import LabelMapper
from spacy_rehearsal.pipeline.rules import read_rules
from spacy_rehearsal.readers.pattern_file import read_patterns
from spacy_rehearsal.readers.patterns import PatternMatcher
from tests.fuzz.util import JSON, TEXTS, change, check, examples, write_jsonl

NLP = spacy.blank("en")
RULES: List[Dict[str, Any]] = [
    {"label": "GPE", "to": "CITY", "gazetteer": "towns", "window": "doc"},
    {"id": "a", "label": ["GPE", "LOC"], "to": "CITY", "kb_id": ["Q90"], "window": 3},
    {"label": "GPE", "to": "CITY", "entity": [{"LOWER": "paris"}], "spans_key": "sc"},
    {
        **{"label": "GPE", "to": "CITY", "window": 2, "min_count": 2},
        "context": [[{"LOWER": "in"}, {"ENT": True}], [{"OP": "*"}, {"LOWER": "near"}]],
        "unless": [{"TEXT": {"REGEX": "^no"}}, {"LOWER": {"IN": ["a", "b"]}}],
    },
    {
        **{"label": "GPE", "to": "CITY", "window": "doc"},
        "context": [
            {"RIGHT_ID": "verb", "RIGHT_ATTRS": {"LOWER": "is"}},
            {
                **{"LEFT_ID": "verb", "REL_OP": ">", "RIGHT_ID": "place"},
                "RIGHT_ATTRS": {"ENT": True},
            },
        ],
    },
]
WORDS = ["near", "Paris", "is", "no", "town", "in", "Oslo"] + ["word"] * 300
COUNT = st.integers(0, 10**9) | st.integers(0, 12)
OPERATORS = st.sampled_from(
    ["!", "?", "+", "*", "1", "", "{}", "{,}", "**"]
) | st.builds(
    lambda n, m, form: form.format(n, m),
    *(COUNT, COUNT, st.sampled_from(["{{{}}}", "{{{},{}}}", "{{,{}}}", "{{{},}}"])),
)
REGEX_PARTS = [
    "a",
    "[^b]",
    r"\w",
    ".",
    "(a|b)",
    "(",
    ")",
    "*",
    "+",
    "?",
    "{2,9}",
    "|",
    "$",
]
REGEXES = st.lists(st.sampled_from(REGEX_PARTS), min_size=1, max_size=9).map("".join)
VALUES = st.one_of(
    *(st.sampled_from(["word", "Paris", "in"]), TEXTS, st.just(True), JSON),
    REGEXES.map(lambda regex: {"REGEX": regex}),
    st.lists(st.sampled_from(["word", "in"])).map(lambda words: {"IN": words}),
    st.sampled_from(["word", "Oslo"]).map(lambda word: {"FUZZY": word}),
)
ATTRS = st.sampled_from(
    ["LOWER", "ORTH", "text", "IS_ALPHA", "LENGTH", "ENT_TYPE", "X"]
)
TOKENS = st.builds(
    lambda attrs, op: {**attrs, **({"OP": op} if op else {})},
    st.dictionaries(ATTRS, VALUES, max_size=2),
    st.none() | OPERATORS,
)
PATTERNS = st.lists(TOKENS, max_size=6)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules")


def use(rules: List[Any]) -> Any:
    mapper = LabelMapper(NLP)
    mapper.add_gazetteer("towns", [{"name": "Paris", "id": "Q90"}])
    mapper.add_rules(rules)
    heads, starts = [2] * len(WORDS), [True] + [False] * (len(WORDS) - 1)
    doc = Doc(NLP.vocab, WORDS, heads=heads, deps=["dep"] * len(WORDS))
    assert len(starts) == len(doc)
    for attr in ("lemma_", "pos_", "tag_"):
        for token in doc:
            setattr(token, attr, "X" if attr == "pos_" else token.text)
    doc.set_ents([Span(doc, 1, 2, "GPE", kb_id="Q90"), Span(doc, 6, 7, "GPE")])
    before = doc.text
    mapper(doc)
    assert doc.text == before
    return mapper.explain(doc)


@examples(150)
@given(data=st.data())
def test_rules_that_are_nearly_right(data: Any, directory: Path) -> None:
    rule = data.draw(change(data.draw(st.sampled_from(RULES))))
    check(lambda: use([rule]), "rules")
    path = directory / "rules.jsonl"
    write_jsonl(path, [rule])
    check(lambda: read_rules(path), "rules.jsonl, line 1")


@pytest.mark.parametrize("key", ["context", "entity", "unless"])
@examples(100)
@given(pattern=PATTERNS)
def test_patterns_of_rules(key: str, pattern: List[Any]) -> None:
    rule = {"id": "slow", "label": "GPE", "to": "CITY", "window": "doc", key: pattern}
    check(lambda: use([rule]), "slow")


@examples(100)
@given(patterns=st.lists(PATTERNS | TEXTS, min_size=1, max_size=2))
def test_patterns_of_a_corpus(patterns: List[Any], directory: Path) -> None:
    path = directory / "patterns.jsonl"
    write_jsonl(path, [{"label": "A", "pattern": p} for p in patterns])

    def match() -> None:
        found = read_patterns(path)
        matcher = PatternMatcher(found, NLP, phrase_matcher_attr="ORTH")
        doc = Doc(NLP.vocab, WORDS)
        assert sum(map(len, matcher(doc))) <= len(doc)

    check(match, "patterns.jsonl")
