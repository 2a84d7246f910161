"""What Dataturks exports."""

from pathlib import Path
from typing import Any

import pytest
from thinc.api import ConfigValidationError

from tests.readers.formats.util import DATATURKS, TEXT, read


def test_dataturks_that_counts_utf16(tmp_path: Path) -> None:
    points = [{"start": 3, "end": 6, "text": "Lena"}]
    annotation = [{"label": ["PERSON"], "points": points}]
    record = {"content": "\U0001f4a9 " + TEXT, "annotation": annotation}
    [annotated] = read(tmp_path, record)
    assert annotated.entities == [(2, 6, "PERSON")]
    [annotated] = read(tmp_path, {"content": TEXT, "annotation": None})
    assert annotated.entities == []


def test_categories(tmp_path: Path) -> None:
    for labels in (["good"], "good"):
        record = {"content": "ok", "annotation": {"labels": labels, "note": ""}}
        [annotated] = read(tmp_path, record)
        assert annotated.cats == {"good": 1.0}
        assert annotated.has_all_cats
        assert annotated.entities is None


def test_ends_behind_the_text(tmp_path: Path) -> None:
    """One that is a line break is left out; of others the marked text tells."""
    for start, end, surface in [(20, 24, "Etsy"), (3, 99999, "Etsy"), (20, 24, None)]:
        point = {"start": start, "end": end, "text": surface}
        annotation = [{"label": ["WEBSITE"], "points": [point]}]
        [annotated] = read(tmp_path, {"content": TEXT, "annotation": annotation})
        assert annotated.entities == [(20, 24, "WEBSITE")]


@pytest.mark.parametrize(
    "record,message",
    [
        ({**DATATURKS, "annotation": [{"label": ["X"]}]}, "of another form"),
        ({"content": "ok", "annotation": {"labels": [3]}}, "expected names of cat"),
        (
            {
                "content": TEXT,
                "annotation": [{"label": ["X"], "points": [{"start": 3, "end": 99}]}],
            },
            "no part of a text of 24 characters",
        ),
    ],
)
def test_bad_records_are_named(record: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match=message) as error:
        read(tmp_path, record)
    assert "data.jsonl, line 1" in str(error.value)
