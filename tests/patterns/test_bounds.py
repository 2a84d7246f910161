from typing import Any, Dict, List

import pytest

from spacy_rehearsal.patterns.bounds import UNBOUNDED, check_bounds, get_repetition


@pytest.mark.parametrize(
    "op, least, most",
    [
        ("!", 1, 1),
        ("?", 0, 1),
        ("*", 0, UNBOUNDED),
        ("+", 1, UNBOUNDED),
        ("{3}", 3, 3),
        ("{2,}", 2, UNBOUNDED),
        ("{,4}", 0, 4),
        ("{2,4}", 2, 4),
    ],
)
def test_operators(op: str, least: int, most: int) -> None:
    assert get_repetition({"LOWER": "a", "OP": op}) == (least, most)
    assert get_repetition({"lower": "a", "op": op}) == (least, most)


@pytest.mark.parametrize("op", ["{}", "{a}", "{,}", "**", "", 3, None, ["*"]])
def test_no_operators(op: Any) -> None:
    with pytest.raises(ValueError, match="there is no operator"):
        get_repetition({"OP": op})


@pytest.mark.parametrize(
    "pattern",
    [
        [{"OP": "{1001}"}],
        [{"OP": "{,100000000}"}],
        [{"OP": "{100000000,}"}],
        [{"LOWER": "a"}, {"OP": "{500}"}, {"OP": "{1,500}"}],
        [{"LOWER": "a"}] * 1001,
    ],
)
def test_patterns_that_are_too_long(pattern: List[Dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"more than 1,000 tokens"):
        check_bounds(pattern)


def test_patterns_of_the_greatest_length() -> None:
    check_bounds([{"OP": "{1,1000}"}])
    check_bounds([{"OP": "{999,}"}, {"LOWER": "a"}])


@pytest.mark.parametrize(
    "token",
    [
        {"TEXT": {"REGEX": "(a+)+$"}},
        {"lower": {"regex": "(a+)+$"}},
        {"TEXT": {"REGEX": {"NOT_IN": ["x", "(a+)+$"]}}},
        {"_": {"code": {"REGEX": "(a+)+$"}}},
        {"RIGHT_ID": "a", "RIGHT_ATTRS": {"LEMMA": {"REGEX": "(a+)+$"}}},
    ],
)
def test_finds_regular_expressions(token: Dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="can take forever"):
        check_bounds([{"LOWER": "b"}, token])


@pytest.mark.parametrize("key", ["REGEX", "FUZZY", "fuzzy9"])
def test_long_lists_of_what_is_tried_one_by_one(key: str) -> None:
    words = [f"word{i}" for i in range(501)]
    check_bounds([{"LOWER": {"IN": words}}, {"LOWER": {key: {"IN": words[:500]}}}])
    with pytest.raises(ValueError, match=f"{key} has a list of 501, at most 500"):
        check_bounds([{"LOWER": {key: {"NOT_IN": words}}}])
