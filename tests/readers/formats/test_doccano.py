"""What Doccano exports."""

from pathlib import Path
from typing import Any

import pytest
from thinc.api import ConfigValidationError

from tests.readers.formats.util import DOCCANO, DOCCANO_INTENT, TEXT, read


@pytest.mark.parametrize(
    "record",
    [
        {"id": 1, "text": "ok", "label": ["good"]},
        {"id": 1, "text": "ok", "label": "good"},
    ],
)
def test_categories(record: Any, tmp_path: Path) -> None:
    [annotated] = read(tmp_path, record)
    assert annotated.cats == {"good": 1.0}
    assert annotated.has_all_cats
    assert annotated.entities is None


@pytest.mark.parametrize(
    "record,message",
    [
        ({**DOCCANO_INTENT, "cats": {"job": 0.0}}, '"cats" as a list of names'),
        ({"text": TEXT, "entities": [{"start": 0, "label": "X"}]}, "{'start': 0"),
    ],
)
def test_bad_records_are_named(record: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match=message) as error:
        read(tmp_path, record)
    assert "data.jsonl, line 1" in str(error.value)


def test_a_text_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigValidationError, match='expected a record with a "text"'
    ) as error:
        read(tmp_path, DOCCANO, {"text": 3, "label": []})
    assert "data.jsonl, line 2" in str(error.value)
