import time
from random import Random
from typing import Any, Dict, List

import pytest
import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc

from spacy_rehearsal.patterns.sequence import (
    MAX_MATCHES,
    SequenceMatcher,
    needs_sequence,
)

VOCAB = spacy.blank("en").vocab
SPECS: List[Dict[str, Any]] = [
    {"LOWER": "a"},
    {"LOWER": "b"},
    {},
    {"LOWER": {"IN": ["a", "c"]}},
    {"TEXT": {"REGEX": "[bc]"}},
]
OPS = ["", "?", "*", "+", "!", "{2}", "{1,2}", "{,2}", "{1,}", "{0,3}"]


def make_pattern(random: Random, n_tokens: int) -> List[Dict[str, Any]]:
    tokens = []
    for _ in range(n_tokens):
        op = random.choice(OPS)
        tokens.append({**random.choice(SPECS), **({"OP": op} if op else {})})
    return tokens


def find(matcher: SequenceMatcher, doc: Doc) -> Dict[int, int]:
    return {start: end for start, end, _ in matcher(doc)}


def test_finds_the_shortest_and_longest_matches_of_spacy() -> None:
    random = Random(0)
    n_found = 0
    for _ in range(1000):
        pattern = make_pattern(random, random.randint(1, 4))
        doc = Doc(VOCAB, words=random.choices("abc", k=random.randint(1, 7)))
        matcher = Matcher(VOCAB)
        matcher.add("pattern", [pattern])
        matches = sorted((start, end) for _, start, end in matcher(doc))
        n_found += len(matches)
        shown = pattern, doc.text
        longest = SequenceMatcher(VOCAB, pattern, is_longest=True)
        assert find(longest, doc) == dict(matches), shown
        shortest = SequenceMatcher(VOCAB, pattern)
        assert find(shortest, doc) == dict(reversed(matches)), shown
    assert n_found > 1000


def test_an_entity_among_the_tokens() -> None:
    pattern: List[Dict[str, Any]] = [{"LOWER": "a"}, {"OP": "*"}, {"ENT": True}]
    pattern.append({"LOWER": "b", "OP": "+"})
    matcher = SequenceMatcher(VOCAB, pattern, entity=2)
    doc = Doc(VOCAB, words=[*"axNYbbaObRc"])
    matches = list(matcher(doc, [(2, 4), (7, 8), (9, 10)]))
    assert matches == [(0, 5, 2), (0, 9, 7), (6, 9, 7)]


def test_the_number_of_matches_is_bounded() -> None:
    matcher = SequenceMatcher(VOCAB, [{"OP": "*"}, {"ENT": True}], entity=1)
    doc = Doc(VOCAB, words=["word"] * 1000)
    matches = list(matcher(doc, [(i, i + 1) for i in range(1000)]))
    assert len(matches) == MAX_MATCHES
    assert matches[0] == (0, 1, 0)


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ([{"LOWER": "a"}, {"LOWER": "b", "OP": "?"}], False),
        ([{"LOWER": "a", "OP": "!"}, {"OP": "{3}"}], False),
        ([{"LOWER": "a"}, {"OP": "*"}], True),
        ([{"OP": "{0,9}"}, {"LOWER": "a"}], True),
        ([{"OP": "?"}] * 25, True),
        ([{"LOWER": "a"}] * 50, False),
        ([{"LOWER": "a"}, {"OP": "{50}"}], True),
    ],
)
def test_patterns_that_spacy_could_take_long_for(
    pattern: List[Dict[str, Any]], expected: bool
) -> None:
    assert needs_sequence(pattern) is expected


WORD = {"LOWER": "word"}


@pytest.mark.parametrize(
    "pattern",
    [
        [{"OP": "*"}] * 12,
        [{**WORD, "OP": "?"}] * 25,
        [{**WORD, "OP": "{0,300}"}, {"LOWER": "end"}],
        [WORD, {"OP": "+"}, WORD, {**WORD, "OP": "+"}, {"LOWER": "end"}],
    ],
)
def test_the_time_is_linear(pattern: List[Dict[str, Any]]) -> None:
    matcher = SequenceMatcher(VOCAB, pattern)
    seconds = []
    for n_words in (5_000, 20_000):
        doc = Doc(VOCAB, words=["word"] * n_words)
        start = time.process_time()
        list(matcher(doc))
        seconds.append(time.process_time() - start)
    assert seconds[1] < 9 * seconds[0], "16 times if it is quadratic"


def test_no_words() -> None:
    assert not list(SequenceMatcher(VOCAB, [{"OP": "*"}])(Doc(VOCAB)))
