"""Annotations in all formats, as the audit and training read them."""

import json
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from hypothesis import given
from hypothesis import strategies as st

from spacy_rehearsal.audit.audit import audit
from spacy_rehearsal.audit.data import AuditData
from spacy_rehearsal.readers.gold import read_gold
from spacy_rehearsal.readers.simple import SimpleCorpus
from tests.fuzz.util import JSON, change, check, examples, write_jsonl
from tests.readers.formats.test_registry import RECORDS

NLP = spacy.blank("en")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
VALID = [record for records in RECORDS.values() for record in records]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formats")


def read(path: Path) -> None:
    """Read a file in both ways."""

    def train() -> List[Any]:
        return list(SimpleCorpus(path, misaligned="missing")(NLP))

    for example in check(train, path.name) or ():
        for ent in example.reference.ents:
            assert ent.text.strip()
    texts = check(lambda: read_gold(path, NLP), path.name) or []
    for text in texts:
        for start, end, _ in text.entities:
            assert 0 <= start < end <= len(text.text)
    if texts:
        check(lambda: audit(AuditData(texts)))


def write_python(path: Path, records: List[Any]) -> None:
    path.write_text(f"TRAIN_DATA = {records!r}\n", "utf8", "surrogatepass")


def write_json(path: Path, records: List[Any]) -> None:
    path.write_text(json.dumps(records))


WRITERS = {".jsonl": write_jsonl, ".json": write_json, ".py": write_python}


@pytest.mark.parametrize("suffix", WRITERS)
@examples(60)
@given(data=st.data())
def test_records_that_are_nearly_right(suffix: str, data: Any, directory: Path) -> None:
    records = [
        data.draw(change(data.draw(st.sampled_from(VALID))))
        for _ in range(data.draw(st.integers(1, 2)))
    ]
    path = directory / f"data{suffix}"
    WRITERS[suffix](path, [*records, data.draw(st.sampled_from(VALID))])
    read(path)


@pytest.mark.parametrize("suffix", WRITERS)
@examples(30)
@given(records=st.lists(JSON, min_size=1, max_size=3))
def test_any_values(suffix: str, records: List[Any], directory: Path) -> None:
    path = directory / f"data{suffix}"
    WRITERS[suffix](path, records)
    read(path)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".py", ".csv", ".tsv", ".txt"])
@examples(25)
@given(content=st.binary(max_size=60) | TEXT.map(str.encode))
def test_any_bytes(suffix: str, content: bytes, directory: Path) -> None:
    path = directory / f"data{suffix}"
    path.write_bytes(content)
    read(path)


@examples(40)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), n_lost=st.integers(0, 9))
def test_files_with_a_wrong_byte(
    place: int, byte: int, n_lost: int, directory: Path
) -> None:
    content = bytearray("\n".join(map(srsly.json_dumps, VALID)).encode())
    place %= len(content)
    content[place : place + n_lost] = bytes([byte])
    path = directory / "data.jsonl"
    path.write_bytes(content)
    read(path)
