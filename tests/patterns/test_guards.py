import re
from typing import Any, Dict, List

import pytest
import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc

from spacy_rehearsal.patterns.guards import (
    get_max_length,
    guard_regex,
    guard_regexes,
)

TEXTS = ["", "a", "ab", "Inc", "LTD", "x-1", "foo bar", "a\nb", "Anne-Marie", "2024"]


@pytest.mark.parametrize(
    "regex",
    [
        "a+b",
        "^a*$",
        r"(?i)\w+c|ltd",
        "(?i)(?m)^b*$",
        "(?x) a+ # and then\n b # the end",
        r"(\w)+-\1*",
        "^[A-Z][a-z]+(-[A-Z][a-z]+)*$",
        "(?<=o)o* ",
        r"\d{4,}",
        r"^\d+$|^[A-Z]+$",
    ],
)
def test_finds_the_same(regex: str) -> None:
    guarded = guard_regex(regex)
    assert guarded != regex
    for text in TEXTS:
        assert bool(re.search(guarded, text)) == bool(re.search(regex, text)), text


@pytest.mark.parametrize("regex", ["inc|ltd", r"\d{3}-(\d|x)", "(", "a{1,4}"])
def test_leaves_those_that_are_fast(regex: str) -> None:
    assert guard_regex(regex) == regex


@pytest.mark.parametrize(
    "regex, length",
    [("a+$", 14_142), (".*a.*b", 843), (".*a.*b.*c", 221), ("(a+b){3}c", 221)],
)
def test_tokens_that_are_too_long_do_not_match(regex: str, length: int) -> None:
    assert get_max_length({14_142: 1, 843: 2, 221: 3}[length]) == length
    guarded = guard_regex(regex.replace("c", "").replace("b", "a"))
    assert re.search(guarded, "a" * length)
    assert not re.search(guarded, "a" * (length + 1))
    assert not re.search(guarded, "\n" + "a" * length)


def test_long_tokens_end() -> None:
    vocab = spacy.blank("en").vocab
    pattern: List[Dict[str, Any]] = [
        {
            "TEXT": {"REGEX": ".*a.*b.*c"},
            "LOWER": {"REGEX": {"NOT_IN": [r"(\w+\.)+com$", r"\w+@"]}},
        }
    ]
    matcher = Matcher(vocab)
    matcher.add("pattern", [guard_regexes(pattern)])
    doc = Doc(vocab, words=["ab" * 25_000, "abc"])
    assert [start for _, start, _ in matcher(doc)] == [1]
