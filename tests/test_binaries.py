import struct
import zlib
from pathlib import Path
from random import Random
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.kb import InMemoryLookupKB
from spacy.tokens import DocBin
from spacy.vocab import Vocab
from thinc.api import ConfigValidationError

from spacy_rehearsal.base_pipeline import load_pipeline
from spacy_rehearsal.binaries import decompress, unpack
from spacy_rehearsal.errors import UnavailablePipelineError
from spacy_rehearsal.gazetteers.knowledge_base import create_knowledge_base_gazetteer
from spacy_rehearsal.readers.gold import read_docs

NLP = spacy.blank("en")
VALUE: Any = {
    "text": ["x" * n for n in (0, 1, 31, 32, 300, 70_000)],
    "bytes": [bytes(n) for n in (0, 300, 70_000)],
    "numbers": [0, 127, 128, 300, 70_000, 2**40, -1, -40, -300, -70_000, -(2**40), 0.5],
    "others": [None, True, False, {}, [], {"a": {"b": [[1]]}}],
    "many": [*range(70_000)],
    "map": {str(i): i for i in range(300)},
}


def test_msgpack_values_of_all_types() -> None:
    assert unpack(srsly.msgpack_dumps(VALUE)) == VALUE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\x7f\xff\xff\xff\x01",
        b"\xc6\xff\xff\xff\xff12",
        b"\x93\xdd\x00\x00\x00\x05\x01\x01\x01",
        b"\xdb\x00\x00",
        b"\x01\x01",
        b"\xc1",
    ],
)
def test_msgpack_values_that_are_damaged(data: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(data)


def test_changed_msgpack_values_are_another_value_or_an_error() -> None:
    data = srsly.msgpack_dumps({key: VALUE[key] for key in ("numbers", "others")})
    random = Random(0)
    n_errors = 0
    for _ in range(2000):
        changed = bytearray(data)
        changed[random.randrange(len(data))] = random.randrange(256)
        try:
            unpack(bytes(changed))
        except ValueError:
            n_errors += 1
    assert n_errors > 200


def test_data_that_decompress_to_too_much() -> None:
    data = zlib.compress(bytes(2**20))
    assert len(decompress(data)) == 2**20
    with pytest.raises(ValueError, match=r"more than 1,000 bytes"):
        decompress(data, max_bytes=1000)
    with pytest.raises(ValueError, match="ends too early"):
        decompress(data[:-1])
    with pytest.raises(ValueError, match="incorrect header"):
        decompress(b"x" + data)


def make_doc_bin() -> bytes:
    return DocBin(docs=[NLP("Ann sells mugs."), NLP("Joe runs.")]).to_bytes()


def make_bombs() -> List[bytes]:
    huge = b"\x81\xa6tokens\xc6\xff\xff\xff\xff"
    return [
        make_doc_bin()[:-9],
        zlib.compress(huge),
        zlib.compress(b"\xdd\x7f\xff\xff\xff"),
        zlib.compress(bytes(2**29), 1),
        b"",
    ]


@pytest.mark.parametrize("data", make_bombs(), ids=range(5))
def test_doc_bins_that_are_damaged(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "data.spacy"
    path.write_bytes(make_doc_bin())
    assert len(read_docs(path, NLP)) == 2
    path.write_bytes(data)
    with pytest.raises(ConfigValidationError, match="can't be read: "):
        read_docs(path, NLP)


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    kb = InMemoryLookupKB(Vocab(), entity_vector_length=3)
    for id_ in ("Q90", "Q830149"):
        kb.add_entity(id_, 3, [1, 2, 3])
    kb.add_alias("Paris", ["Q90", "Q830149"], [0.7, 0.2])
    kb.add_alias("Paname", ["Q90"], [1.0])
    kb.to_disk(tmp_path / "kb")
    return tmp_path / "kb"


@pytest.mark.parametrize("length", [-1, 2**24, 2**31, 2**62])
@pytest.mark.parametrize("place", [0, 8, 16 + 24 + 32, 16 + 24 + 32 + 8 + 8])
def test_a_knowledge_base_with_wrong_lengths(place: int, length: int, kb: Path) -> None:
    """Of entities, vectors, aliases and the candidates of one."""
    contents = kb / "contents"
    assert len(create_knowledge_base_gazetteer(kb)) == 2
    data = bytearray(contents.read_bytes())
    data[place : place + 8] = struct.pack("<q", length)
    contents.write_bytes(data)
    with pytest.raises(ConfigValidationError, match="contents' is damaged: it has "):
        create_knowledge_base_gazetteer(kb)


def test_a_knowledge_base_that_was_tampered_with(kb: Path) -> None:
    contents = kb / "contents"
    data = contents.read_bytes()
    random = Random(0)
    n_errors = 0
    for _ in range(300):
        changed = bytearray(data)
        changed[random.randrange(len(data))] = random.randrange(256)
        contents.write_bytes(changed[: random.choice((-1, len(data), len(data)))])
        try:
            create_knowledge_base_gazetteer(kb)
        except ConfigValidationError:
            n_errors += 1
    assert n_errors > 100


def test_a_damaged_knowledge_base_of_a_pipeline(kb: Path, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.to_disk(tmp_path / "base")
    directory = tmp_path / "base" / "entity_linker"
    directory.mkdir()
    kb.rename(directory / "kb")
    assert load_pipeline(tmp_path / "base")
    contents = directory / "kb" / "contents"
    contents.write_bytes(struct.pack("<qq", 2**31, 300) + contents.read_bytes()[16:])
    with pytest.raises(UnavailablePipelineError, match="it has no room for 2147483648"):
        load_pipeline(tmp_path / "base")
