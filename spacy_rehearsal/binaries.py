"""Check binary files before they are read: a length in them that is wrong would make
their reader take all memory.
"""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy
from srsly.msgpack import unpackb

MAX_RATIO = 100
MAX_BYTES = 2**28
# how a msgpack value begins: how many bytes its length has, or how many bytes it has
BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
ITEMS = {0xDC: 2, 0xDD: 4}
PAIRS = {0xDE: 2, 0xDF: 4}
FIXED = {
    **dict.fromkeys((0xC0, 0xC2, 0xC3), 0),
    **{0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8},
    **{0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8},
    **{0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17},
}
KB_ENTRY = numpy.dtype([("hash", "<u8"), ("freq", "<f4"), ("vector", "<i4")])
KB_CANDIDATE = numpy.dtype([("entry", "<i8"), ("prior", "<f4")])


def decompress(data: bytes, *, max_bytes: int = 0) -> bytes:
    """Decompress data, up to a limit.

    data (bytes): What zlib has compressed.
    max_bytes (int): The limit. By default it follows from the length of the data.
    RETURNS (bytes): The decompressed data.
    RAISES (ValueError): If there is more of it, or it is damaged.
    """
    limit = max_bytes or max(MAX_BYTES, MAX_RATIO * len(data))
    decompressor = zlib.decompressobj()
    try:
        content = decompressor.decompress(data, limit)
    except zlib.error as err:
        raise ValueError(str(err)) from None
    if decompressor.unconsumed_tail:
        raise ValueError(f"it decompresses to more than {limit:,} bytes")
    if not decompressor.eof:
        raise ValueError("it ends too early")
    return content


def unpack(data: bytes) -> Any:
    """Read a msgpack value.

    data (bytes): The value, serialized.
    RETURNS (Any): The value.
    RAISES (ValueError): If it is damaged.
    """
    check_msgpack(data)
    try:
        return unpackb(data, raw=False)
    except Exception as err:  # it has many errors, of several classes
        raise ValueError(f"it is no msgpack value: {err}") from None


def check_msgpack(data: bytes) -> None:
    """Check that all lengths in a msgpack value fit its length.

    data (bytes): The value, serialized.
    RAISES (ValueError): If they don't.
    """
    place, n_values = 0, 1
    while n_values:
        # each value has one byte at least
        if n_values > len(data) - place:
            raise ValueError("a length in it is more than there is")
        first = data[place]
        place += 1
        n_values -= 1
        if first < 0x80 or first >= 0xE0:
            continue
        if first < 0x90:
            n_values += 2 * (first & 0x0F)
        elif first < 0xA0:
            n_values += first & 0x0F
        elif first < 0xC0:
            place += first & 0x1F
        elif first in FIXED:
            place += FIXED[first]
        else:
            size = {**BYTES, **EXTENSIONS, **ITEMS, **PAIRS}.get(first, 0)
            length = int.from_bytes(data[place : place + size], "big")
            place += size
            if first in BYTES:
                place += length
            elif first in EXTENSIONS:
                place += length + 1
            else:
                n_values += length if first in ITEMS else 2 * length
    if place != len(data):
        raise ValueError("its length is not what it says")


def check_doc_bin(path: Path) -> None:
    """Check a .spacy file.

    path (Path): The file.
    RAISES (ValueError): If it is damaged.
    """
    check_msgpack(decompress(path.read_bytes()))


def check_knowledge_base(path: Path) -> None:
    """Check the directory of a spaCy `InMemoryLookupKB`.

    path (Path): The directory. One without the file is left to spaCy.
    RAISES (ValueError): If it is damaged.
    """
    contents = path / "contents"
    if not contents.is_file():
        return
    data = contents.read_bytes()
    try:
        check_knowledge_base_contents(data)
    except (struct.error, ValueError) as err:
        raise ValueError(f"'{contents}' is damaged: {err}") from None


def check_knowledge_base_contents(data: bytes) -> None:
    n_entities, width = struct.unpack_from("<qq", data)
    place = 16 + 4 * n_entities * width
    if n_entities < 0 or width < 0 or place + 16 * n_entities + 8 > len(data):
        msg = f"it has no room for {n_entities} entities with vectors of {width}"
        raise ValueError(msg)
    entries = numpy.frombuffer(data, KB_ENTRY, n_entities, place)
    if not is_within(entries["vector"], 0, max(1, n_entities)):
        raise ValueError("an entity has a vector that is not there")
    place += entries.nbytes
    [n_aliases] = struct.unpack_from("<q", data, place)
    place += 8
    if not 0 <= 16 * n_aliases <= len(data) - place:
        raise ValueError(f"it has no room for {n_aliases} aliases")
    for _ in range(n_aliases):
        _, n_candidates = struct.unpack_from("<Qq", data, place)
        place += 16
        if not 0 <= KB_CANDIDATE.itemsize * n_candidates <= len(data) - place:
            raise ValueError(f"it has no room for {n_candidates} candidates")
        candidates = numpy.frombuffer(data, KB_CANDIDATE, n_candidates, place)
        if not is_within(candidates["entry"], 1, n_entities + 1):
            raise ValueError("an alias has an entity that is not there")
        place += candidates.nbytes
    if place != len(data):
        raise ValueError(f"it has {len(data)} bytes, expected {place}")


def is_within(numbers: Any, first: int, end: int) -> bool:
    """Tell whether all numbers of an array are from `first` to `end`, without it."""
    return bool(numpy.all((first <= numbers) & (numbers < end)))
