"""Offsets and texts, whatever tool they are from."""

from pathlib import Path

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.formats.annotated import find_overlaps
from tests.readers.formats.util import DATATURKS, LABEL_STUDIO_MIN, read


def test_offsets_of_another_text(tmp_path: Path) -> None:
    value = {"start": 9, "end": 13, "text": "Etsy", "labels": ["X"]}
    crlf = {**LABEL_STUDIO_MIN, "text": "Lena\r\non: Etsy", "label": [value]}
    points = [{"start": 5, "end": 8, "text": "Lena"}]
    dataturks = {**DATATURKS, "annotation": [{"label": ["X"], "points": points}]}
    for record, found in [
        (crlf, (10, 14, "X")),
        (dataturks, (0, 4, "X")),
    ]:
        [annotated] = read(tmp_path, record)
        assert annotated.entities == [found]
    value["text"] = "Reddit"
    with pytest.raises(
        ConfigValidationError,
        match=r"line 1: \[9, 13\] is 'Ets', but was annotated as X 'Reddit'",
    ):
        read(tmp_path, crlf)


def test_white_space_at_the_ends_is_left_out(tmp_path: Path) -> None:
    record = {"text": " Lena  left\n", "label": [[0, 7, "PERSON"], [11, 12, "X"]]}
    [annotated] = read(tmp_path, record)
    assert annotated.entities == [(1, 5, "PERSON"), (11, 12, "X")]


def test_overlaps_of_spans_that_are_not_neighbours() -> None:
    all_, bay, of, fundy = (0, 12, "A"), (0, 3, "B"), (4, 6, "C"), (7, 12, "D")
    etsy = (13, 17, "E")
    pairs = [(bay, all_), (all_, of), (all_, fundy)]
    assert list(find_overlaps([etsy, fundy, of, bay, all_])) == pairs
    assert list(find_overlaps([bay, of, etsy])) == []
