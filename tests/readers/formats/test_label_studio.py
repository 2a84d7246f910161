"""What Label Studio exports."""

import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.simple import SimpleCorpus
from tests.readers.formats.util import (
    ENTITIES,
    LABEL_STUDIO,
    LABEL_STUDIO_CHOICE,
    LABEL_STUDIO_HTML,
    LABEL_STUDIO_MIN,
    TEXT,
    read,
)


def test_label_studio_that_counts_utf16(tmp_path: Path) -> None:
    """Offsets of the versions before 1.6, after an emoji outside of the BMP."""
    record = json.loads(json.dumps(LABEL_STUDIO_MIN))
    record["text"] = "\U0001f4a9 " + TEXT
    for value in record["label"]:
        value["start"] += 3
        value["end"] += 3
    [annotated] = read(tmp_path, record)
    assert annotated.entities == [(s + 2, e + 2, name) for s, e, name in ENTITIES]


@pytest.mark.parametrize(
    "text,surface,start",
    [
        ("Lena likes  Kleinbazaar", "likes Kleinbazaar", 5),
        ("Lena likes\nKleinbazaar", "likes\\nKleinbazaar", 5),
        ("Lena likes Kleinbazaar", "Klein", 11),
    ],
)
def test_label_studio_that_words_the_annotated_text_otherwise(
    text: str, surface: str, start: int, tmp_path: Path
) -> None:
    value = {"start": start, "end": len(text), "text": surface, "labels": ["X"]}
    [annotated] = read(tmp_path, {**LABEL_STUDIO_MIN, "text": text, "label": [value]})
    assert annotated.entities == [(start, len(text), "X")]


def test_the_parts_of_a_text_that_label_studio_has_choices_for(tmp_path: Path) -> None:
    record = json.loads(json.dumps(LABEL_STUDIO))
    [annotation] = record["annotations"]
    value = {"start": 0, "end": 4, "text": "Lena", "choices": ["sure"]}
    annotation["result"].append({"value": value, "type": "choices"})
    [annotated] = read(tmp_path, record)
    assert annotated.entities == ENTITIES
    assert annotated.cats == {}


def test_one_annotation_of_each_label_studio_task(tmp_path: Path) -> None:
    """Of several in JSON-MIN, where each is a record, the first."""
    other = {**LABEL_STUDIO_MIN, "label": [], "annotator": 2, "annotation_id": 9}
    third = {**LABEL_STUDIO_MIN, "id": 14}
    found = read(tmp_path, LABEL_STUDIO_MIN, other, third)
    assert [annotated.entities for annotated in found] == [ENTITIES, ENTITIES]
    record = json.loads(json.dumps(LABEL_STUDIO))
    [first] = record["annotations"]
    cancelled = {**first, "result": [], "was_cancelled": True}
    truth = {**first, "result": first["result"][:1], "ground_truth": True}
    record["annotations"] = [cancelled, first]
    assert read(tmp_path, record)[0].entities == ENTITIES
    record["annotations"] = [cancelled, first, truth]
    assert read(tmp_path, record)[0].entities == ENTITIES[:1]


@pytest.mark.parametrize(
    "record",
    [
        {**LABEL_STUDIO_CHOICE, "feeling": "good"},
        {**LABEL_STUDIO_CHOICE, "feeling": {"choices": ["good"]}},
        {**LABEL_STUDIO_CHOICE, "feeling": [{"choices": ["good"]}]},
    ],
)
def test_categories(record: Any, tmp_path: Path) -> None:
    [annotated] = read(tmp_path, record)
    assert annotated.cats == {"good": 1.0}
    assert annotated.has_all_cats
    assert annotated.entities is None


def test_the_column_that_has_what_was_marked(tmp_path: Path) -> None:
    """Also for a task in which nothing is marked, and beside a column named text."""
    for others in ({"title": "Jobs", "url": "a.html"}, {"text": "Lena"}):
        marked = {**LABEL_STUDIO, "data": {**others, "body": TEXT}}
        [annotation] = LABEL_STUDIO["annotations"]
        empty = {**marked, "annotations": [{**annotation, "result": []}]}
        found = read(tmp_path, empty, marked)
        assert [annotated.text for annotated in found] == [TEXT, TEXT]
        assert [annotated.entities for annotated in found] == [[], ENTITIES]


def test_tasks_that_say_nothing_are_skipped(tmp_path: Path) -> None:
    cancelled = json.loads(json.dumps(LABEL_STUDIO))
    cancelled["annotations"][0]["was_cancelled"] = True
    assert not read(tmp_path, cancelled, {**LABEL_STUDIO, "annotations": []})


@pytest.mark.parametrize(
    "record,message",
    [
        (LABEL_STUDIO_HTML, "hypertextlabels are not read"),
        (
            {**LABEL_STUDIO, "data": {"title": "Jobs", "body": TEXT[1:]}},
            "which of title, body is the text",
        ),
        ({**LABEL_STUDIO_MIN, "id": []}, "expected a number as id"),
    ],
)
def test_bad_records_are_named(record: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match=message) as error:
        read(tmp_path, record)
    assert "data.jsonl, line 1" in str(error.value)


def test_a_task_with_nothing_but_predictions(tmp_path: Path) -> None:
    task = {
        **LABEL_STUDIO,
        "annotations": [],
        "predictions": LABEL_STUDIO["annotations"],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps([task]))
    with pytest.raises(ConfigValidationError, match="Not read: 2 predictions"):
        list(SimpleCorpus(path)(spacy.blank("en")))


def test_a_task_without_text(tmp_path: Path) -> None:
    task = {**LABEL_STUDIO, "data": {"dialogue": [{"author": "a", "text": "Hi"}]}}
    with pytest.raises(ConfigValidationError, match="the task has no text"):
        read(tmp_path, task)
