"""What Prodigy exports."""

from pathlib import Path
from typing import Any, Dict, List

import pytest
from thinc.api import ConfigValidationError

from tests.readers.formats.util import (
    ENTITIES,
    PRODIGY_BINARY,
    PRODIGY_CHOICE,
    PRODIGY_MANUAL,
    read,
)


@pytest.mark.parametrize(
    "changes,entities,rejected,is_complete",
    [
        ({}, [(10, 15, "WEBSITE")], [], False),
        ({"answer": "reject"}, [], [(10, 15, "WEBSITE")], False),
        ({"_is_binary": False}, [(10, 15, "WEBSITE")], [], True),
        # older versions leave _is_binary out
        ({"_is_binary": None}, [(10, 15, "WEBSITE")], [], False),
        ({"_is_binary": None, "_view_id": None}, [(10, 15, "WEBSITE")], [], False),
    ],
)
def test_binary_answers(
    changes: Dict[str, Any],
    entities: List[Any],
    rejected: List[Any],
    is_complete: bool,
    tmp_path: Path,
) -> None:
    record = {**PRODIGY_BINARY, **changes}
    record = {key: value for key, value in record.items() if value is not None}
    [annotated] = read(tmp_path, record)
    assert annotated.entities == entities
    assert annotated.rejected == rejected
    assert annotated.is_complete is is_complete


def test_prodigy_spans_and_categories(tmp_path: Path) -> None:
    spans = {**PRODIGY_MANUAL, "_view_id": "spans_manual"}
    binary = {"text": "ok", "label": "good", "answer": "reject"}
    found = read(tmp_path, spans, PRODIGY_CHOICE, binary)
    assert found[0].spans == {"sc": ENTITIES}
    assert found[0].entities is None
    assert found[1].cats == {"good": 1.0, "bad": 0.0}
    assert found[2].cats == {"good": 0.0}
    assert found[2].entities is None


def test_prodigy_views(tmp_path: Path) -> None:
    """The view tells what spans and labels mean, where a record has both."""
    matched = {**PRODIGY_BINARY, "_view_id": "classification", "label": "good"}
    unused = {**PRODIGY_MANUAL, "label": "column of the source", "spans": []}
    blocks = {**PRODIGY_CHOICE, **PRODIGY_MANUAL, "_view_id": "blocks"}
    review = {**PRODIGY_MANUAL, "_view_id": "review", "view_id": "spans_manual"}
    found = read(tmp_path, matched, unused, blocks, review)
    assert (found[0].cats, found[0].entities) == ({"good": 1.0}, None)
    assert (found[1].cats, found[1].entities) == ({}, [])
    assert found[2].cats == {"good": 1.0, "bad": 0.0}
    assert found[2].entities == ENTITIES
    assert found[3].spans == {"sc": ENTITIES}
    assert not read(tmp_path, {**PRODIGY_CHOICE, "answer": "reject"})


def test_answers_that_say_nothing_are_skipped(tmp_path: Path) -> None:
    assert not read(tmp_path, {**PRODIGY_BINARY, "answer": "ignore"})
    assert not read(tmp_path, {**PRODIGY_MANUAL, "answer": "reject"})


@pytest.mark.parametrize(
    "record,message",
    [
        ({**PRODIGY_BINARY, "answer": "ACCEPT"}, "must be accept, reject, ignore, fo"),
        ({"text": "ok", "label": "good", "answer": "yes"}, "found: 'yes'"),
        ({**PRODIGY_MANUAL, "answer": None}, "found: 'None'"),
        ({**PRODIGY_MANUAL, "_view_id": "text_input"}, "'text_input' is not read"),
        ({**PRODIGY_MANUAL, "_view_id": "pos_manual"}, "'pos_manual' is not read"),
    ],
)
def test_bad_records_are_named(record: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match=message) as error:
        read(tmp_path, record)
    assert "data.jsonl, line 1" in str(error.value)
