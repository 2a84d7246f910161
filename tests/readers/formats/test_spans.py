"""Records of a text and its spans, under the names that other tools give to them."""

from pathlib import Path
from typing import Any

import pytest
from thinc.api import ConfigValidationError

from tests.readers.formats.util import ARGILLA, ENTITIES, TEXT, read


@pytest.mark.parametrize("text_key", ["text", "content", "document", "sentence"])
@pytest.mark.parametrize("spans_key", ["entities", "annotations", "spans", "labels"])
@pytest.mark.parametrize(
    "names",
    [
        ("start", "end", "label"),
        ("start_offset", "end_offset", "label"),
        ("begin", "end", "type"),
        ("start", "stop", "entity"),
        ("startOffset", "endOffset", "category"),
    ],
)
def test_names_of_keys(
    text_key: str, spans_key: str, names: Any, tmp_path: Path
) -> None:
    spans = [dict(zip(names, span)) for span in ENTITIES]
    [annotated] = read(tmp_path, {text_key: TEXT, spans_key: spans})
    assert annotated.entities == ENTITIES


@pytest.mark.parametrize(
    "item",
    [
        [0, 4, "PERSON"],
        ["PERSON", 0, 4],
        {"start": 0, "end": 4, "labels": ["PERSON"]},
        {"value": {"start": 0, "end": 4, "text": "Lena", "labels": ["PERSON"]}},
        {"start": 2, "end": 6, "label": "PERSON", "text": "Lena"},
        {"start": 0, "end": 4, "label": {"name": "PERSON"}},
        [0.0, "4", "PERSON"],
        [[0, 4], "PERSON"],
        [0, 4, "Lena", "PERSON"],
        [0, 4, "PERSON", "Lena"],
        ["Lena", 0, 4, "PERSON"],
        [0, 4, "PERSON", "Q1"],
        {"start": "0", "end": "4", "label": "PERSON"},
        {"start": 0, "end": 3, "label": "PERSON", "text": "Lena"},
        {"start": 0, "end": 4, "label": "PERSON", "word": "lena"},
        {"offset": 0, "length": 4, "category": "PERSON"},
        {"position": [0, 4], "entity": "PERSON", "value": "Lena"},
        {"span": {"start": 0, "end": 4}, "label": "PERSON"},
        {"offsets": [[0, 4]], "text": ["Lena"], "type": "PERSON"},
    ],
)
def test_shapes_of_a_span(item: Any, tmp_path: Path) -> None:
    [annotated] = read(tmp_path, {"content": TEXT, "annotations": [item]})
    assert annotated.entities == [(0, 4, "PERSON")]


def test_a_span_with_two_labels_is_two(tmp_path: Path) -> None:
    item = {"start": 0, "end": 4, "labels": ["PERSON", "WORKER"]}
    [annotated] = read(tmp_path, {"text": TEXT, "annotations": [item]})
    assert annotated.entities == [(0, 4, "PERSON"), (0, 4, "WORKER")]


def test_categories(tmp_path: Path) -> None:
    [annotated] = read(tmp_path, {"text": "ok", "cats": {"good": 1.0, "bad": 0.0}})
    assert annotated.cats == {"good": 1.0, "bad": 0.0}
    assert annotated.entities is None


def test_what_argilla_has_no_answer_to(tmp_path: Path) -> None:
    discarded = {**ARGILLA, "status": "Discarded"}
    default = {**ARGILLA, "annotation": None, "status": "Default"}
    assert not read(tmp_path, discarded, default)
    [annotated] = read(tmp_path, default, ARGILLA)
    assert annotated.entities == ENTITIES


def test_keys_that_no_tool_has(tmp_path: Path) -> None:
    """Also for a text without entities, and one with a longer string beside it."""
    records = [
        {"note": "x", "utterance": TEXT, "slots": [[0, 4, "PERSON"]]},
        {"note": "", "utterance": "Nothing.", "slots": []},
        {"note": "much longer than it", "utterance": "Lena", "slots": [[0, 4, "X"]]},
    ]
    found = read(tmp_path, *records)
    assert [annotated.text for annotated in found] == [TEXT, "Nothing.", "Lena"]
    assert [a.entities for a in found] == [[(0, 4, "PERSON")], [], [(0, 4, "X")]]


@pytest.mark.parametrize(
    "value",
    [
        {"PERSON": [[0, 4]], "WEBSITE": [[20, 24]]},
        {"PERSON": [0, 4], "WEBSITE": [20, 24]},
        {"PERSON": [{"indices": [0, 4]}], "WEBSITE": [{"indices": [20, 24]}]},
        {"PERSON": {"Lena": [[0, 3]]}, "WEBSITE": {"Etsy": [[20, 23]]}},
        {"entities": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]]},
        "[[0, 4, 'PERSON'], [20, 24, 'WEBSITE']]",
        '{"entities": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]]}',
    ],
)
@pytest.mark.parametrize("key", ["entities", "label", "annotations"])
def test_spans_by_label_and_in_strings(key: str, value: Any, tmp_path: Path) -> None:
    [annotated] = read(tmp_path, {"text": TEXT, key: value})
    assert annotated.entities == ENTITIES
    assert not annotated.cats


def test_labels_and_places_in_two_lists(tmp_path: Path) -> None:
    record = {
        "text": TEXT,
        "labels": ["PERSON", "WEBSITE"],
        "spans": [[0, 4], [20, 24]],
    }
    [annotated] = read(tmp_path, record)
    assert annotated.entities == ENTITIES


def test_parts_of_an_entity_are_named(tmp_path: Path) -> None:
    item = {"offsets": [[0, 4], [20, 24]], "text": ["Lena", "Etsy"], "type": "X"}
    with pytest.raises(ConfigValidationError, match="an entity in several parts"):
        read(tmp_path, {"text": TEXT, "entities": [item]})
