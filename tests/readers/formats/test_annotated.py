"""Offsets and texts, whatever tool they are from."""

from pathlib import Path

import pytest
from thinc.api import ConfigValidationError

from tests.readers.formats.util import DATATURKS, LABEL_STUDIO_MIN, read


def test_offsets_of_another_text(tmp_path: Path):
    value = {"start": 9, "end": 13, "text": "Etsy", "labels": ["X"]}
    crlf = {**LABEL_STUDIO_MIN, "text": "Lena\r\non: Etsy", "label": [value]}
    points = [{"start": 5, "end": 8, "text": "Lena"}]
    dataturks = {**DATATURKS, "annotation": [{"label": ["X"], "points": points}]}
    for record, found in [
        (crlf, r"\[9, 13\] is 'Ets', but was annotated as 'Etsy'"),
        (dataturks, r"\[5, 9\] is 'left'"),
    ]:
        with pytest.raises(ConfigValidationError, match=f"line 1: .*{found}"):
            read(tmp_path, record)


def test_white_space_at_the_ends_is_left_out(tmp_path: Path):
    record = {"text": " Lena  left\n", "label": [[0, 7, "PERSON"], [11, 12, "X"]]}
    [annotated] = read(tmp_path, record)
    assert annotated.entities == [(1, 5, "PERSON"), (11, 12, "X")]
