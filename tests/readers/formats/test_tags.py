"""Entities from IOB and BILUO tags."""

from pathlib import Path
from typing import Any, List

import pytest
from thinc.api import ConfigValidationError

from tests.readers.formats.util import HUGGING_FACE, TEXT, read

NAMES = ["O", "B-PERSON", "I-PERSON"]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O B-X I-X O O", ["X left Bosch"]),
        ("O I-X I-X O B-X", ["X left Bosch", "X Etsy"]),
        ("B-X B-X O O O", ["X Lena", "X left"]),
        ("B-X I-Y I-Y O O", ["X Lena", "Y left Bosch"]),
        ("U-X B-X L-X O U-Y", ["X Lena", "X left Bosch", "Y Etsy"]),
        ("S-X B-X E-X O S-Y", ["X Lena", "X left Bosch", "Y Etsy"]),
        ("X X O Y X", ["X Lena left", "Y for", "X Etsy"]),
        ("B-X-Y I-X-Y O O O", ["X-Y Lena left"]),
        ("O O O O O", []),
    ],
)
def test_schemes(tags: str, expected: List[str], tmp_path: Path) -> None:
    record = {"tokens": TEXT.split(), "ner_tags": tags.split()}
    [annotated] = read(tmp_path, record)
    shown = [f"{label} {TEXT[s:e]}" for s, e, label in annotated.entities or []]
    assert shown == expected


def test_a_tag_that_is_missing(tmp_path: Path) -> None:
    record = {"tokens": TEXT.split(), "tags": ["U-X", "O", "-", "O", "O"]}
    [annotated] = read(tmp_path, record)
    assert annotated.unknown == [(10, 15)]


def test_tags_that_are_numbers(tmp_path: Path) -> None:
    record = {"tokens": TEXT.split(), "ner_tags": [1, 2, 0, 0, 1]}
    [annotated] = read(tmp_path, record, tag_names=NAMES)
    assert annotated.entities == [(0, 9, "PERSON"), (20, 24, "PERSON")]
    with pytest.raises(
        ConfigValidationError, match=r"line 1: .* set tag_names .* in ord"
    ):
        read(tmp_path, record)
    with pytest.raises(ConfigValidationError, match="tag_names has 2 names"):
        read(tmp_path, record, tag_names=NAMES[:2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lena left Bosch, for Etsy", "Lena left Bosch, for Etsy"),
        ("Lena went to Etsy", TEXT),
    ],
)
def test_words_and_a_text(text: str, expected: str, tmp_path: Path) -> None:
    """Words that are not in the text are the text themselves."""
    [annotated] = read(tmp_path, {**HUGGING_FACE, "text": text})
    assert annotated.text == expected
    found = [expected[s:e] for s, e, _ in annotated.entities or []]
    assert found == ["Lena", "Etsy"]


@pytest.mark.parametrize(
    "record",
    [
        {"tokens": ["Lena", "left"], "ner_tags": ["O"]},
        {"tokens": ["Lena", 3], "ner_tags": ["O", "O"]},
        {"tokens": ["Lena"], "ner_tags": [{}]},
    ],
)
def test_bad_records_are_named(record: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match='line 2: expected "tokens" and'):
        read(tmp_path, HUGGING_FACE, record)
