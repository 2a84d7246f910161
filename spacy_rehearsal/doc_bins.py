import struct
import tempfile
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Dict, Iterable, List, Set

import srsly
from spacy.tokens import DocBin

from .output_files import write_beside

CHUNK = 2**20
# the first byte of a msgpack value whose length follows in four bytes
BYTES, ARRAY = 0xC6, 0xDD
FIELDS = ("tokens", "spaces", "lengths", "cats", "flags", "span_groups")


def concatenate(paths: Iterable[Path], output: Path) -> None:
    """Write the docs of several DocBin files as one file, in order.

    Unlike `DocBin.merge` this holds one of the files at a time, and besides only the
    distinct strings.

    paths (Iterable[Path]): The files. All must have the same attributes, and no user
        data.
    output (Path): The file to write. It is written beside its place and renamed.
    RAISES (ValueError): If there is no file, or one has other attributes.
    """
    attrs: List[Any] = []
    strings: Set[str] = set()
    n_docs = 0
    with ExitStack() as stack:
        spools: Dict[str, IO[bytes]] = {
            field: stack.enter_context(tempfile.TemporaryFile(dir=output.parent))
            for field in FIELDS
        }
        for path in paths:
            doc_bin = DocBin().from_disk(path)
            attrs = attrs or doc_bin.attrs
            if doc_bin.attrs != attrs:
                raise ValueError(f"{path} has other attributes than the files before")
            spool(doc_bin, spools)
            n_docs += len(doc_bin)
            strings |= doc_bin.strings - {path.stem}
        if not attrs:
            raise ValueError("there is no file to concatenate")
        with write_beside(output) as path, path.open("wb") as file_:
            write_doc_bin(file_, attrs, strings, spools, n_docs)


def spool(doc_bin: DocBin, spools: Dict[str, IO[bytes]]) -> None:
    """Append the fields of a DocBin to one file each, as they are serialized."""
    for tokens, spaces in zip(doc_bin.tokens, doc_bin.spaces):
        spools["tokens"].write(tokens.tobytes("C"))
        spools["spaces"].write(spaces.tobytes("C"))
        spools["lengths"].write(struct.pack("<i", len(tokens)))
    for field in ("cats", "flags", "span_groups"):
        for value in getattr(doc_bin, field):
            spools[field].write(srsly.msgpack_dumps(value))


def write_doc_bin(
    file_: IO[bytes],
    attrs: List[Any],
    strings: Set[str],
    spools: Dict[str, IO[bytes]],
    n_docs: int,
) -> None:
    """Write what `DocBin.to_bytes` returns, from spooled fields."""
    compressor = zlib.compressobj()

    def write(data: bytes) -> None:
        file_.write(compressor.compress(data))

    head = {"version": "0.1", "attrs": attrs, "strings": sorted(strings)}
    write(bytes([0x80 + len(head) + len(FIELDS)]))  # a map with that many entries
    for key, value in head.items():
        write(srsly.msgpack_dumps(key) + srsly.msgpack_dumps(value))
    for field in FIELDS:
        spooled = spools[field]
        is_bytes = field in ("tokens", "spaces", "lengths")
        length = spooled.tell() if is_bytes else n_docs
        write(srsly.msgpack_dumps(field))
        write(struct.pack(">BI", BYTES if is_bytes else ARRAY, length))
        spooled.seek(0)
        while chunk := spooled.read(CHUNK):
            write(chunk)
    file_.write(compressor.flush())
