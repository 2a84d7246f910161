"""spaCy's simple training style."""

from pathlib import Path
from typing import Any

import pytest
from thinc.api import ConfigValidationError

from tests.readers.formats.util import EVERY_KEY, TEXT, read


def test_other_keys_of_simple_training_style(tmp_path: Path) -> None:
    [annotated] = read(tmp_path, [TEXT, EVERY_KEY])
    assert annotated.cats == {"job": 1.0}
    assert annotated.spans == {"sc": [(0, 9, "CLAUSE"), (0, 4, "NAME")]}
    assert annotated.links == {(0, 4): "Q42"}
    assert set(annotated.tokens) == {"tags", "heads", "deps"}
    [annotated] = read(tmp_path, [TEXT, {"tags": EVERY_KEY["tags"]}])
    assert annotated.entities is None


def test_entities_alone_as_for_spacy_1(tmp_path: Path) -> None:
    annotated, empty = read(tmp_path, [TEXT, [[0, 4, "PERSON"]]], [TEXT, []])
    assert annotated.entities == [(0, 4, "PERSON")]
    assert empty.entities == []


@pytest.mark.parametrize(
    "record,message",
    [
        (["x"], r'expected \["text", \{\.\.\.\}\]'),
        ([TEXT, "PERSON"], "expected an object"),
        ([TEXT, {"entities": [[0, 4]]}], r"expected \[start, end, label\]"),
        ([TEXT, {"entities": [["a", "4", "X"]]}], "expected numbers of characters"),
        ([TEXT, {"entities": [[0, 4, None]]}], "expected a label"),
        ([TEXT, {"entities": [[20, 25, "X"]]}], "no part of a text of 24 characters"),
        ([TEXT, {"entities": [[4, 4, "X"]]}], "no part of a text"),
        ([TEXT, {"links": {"0": {"Q1": 1.0}}}], 'expected "links" like'),
        ([TEXT, {"spans": [[0, 4, "X"]]}], 'expected "spans" by key'),
        ([TEXT, {"entities": {"PERSON": [[0, 4]]}}], 'expected "entities" as a list'),
        ([TEXT, {"cats": ["job"]}], 'expected "cats" like'),
        ([TEXT, {"cats": {"job": "yes"}}], 'expected "cats" like'),
        ([TEXT, {"cats": {"job": None}}], 'expected "cats" like'),
        ([TEXT, {"cats": {"job": float("nan")}}], 'expected "cats" like'),
        (["half \ud83d", {}], "half a surrogate pair"),
    ],
)
def test_bad_records_are_named(record: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match=message) as error:
        read(tmp_path, record)
    assert "data.jsonl, line 1" in str(error.value)
