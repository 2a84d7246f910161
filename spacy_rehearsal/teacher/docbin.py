"""DocBins of many docs in little memory."""

import sqlite3
import struct
import tempfile
import zlib
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any, Dict, Iterable, List

from spacy.attrs import ENT_IOB, HEAD, SENT_START
from spacy.tokens import Doc, DocBin
from srsly.msgpack import Packer

from ..binaries import check_doc_bin
from ..files import write_beside

CHUNK = 2**20
# the first byte of a msgpack value whose length follows in four bytes
BYTES, ARRAY = 0xC6, 0xDD
FIELDS = ("tokens", "spaces", "lengths", "cats", "flags", "span_groups")
# token attributes whose values are no hashes of strings
NUMBERS = (ENT_IOB, HEAD, SENT_START)
# made once: each call of srsly.msgpack_dumps looks through all entry points
PACKER = Packer(use_bin_type=True)


class LeanDocBin(DocBin):
    """A DocBin that holds no other strings than its attributes need, and no user data.
    Docs are added several times faster than to spaCy's, which looks at eight strings of
    every token.

    For the settings see DocBin; `store_user_data` must stay False.
    """

    def add(self, doc: Doc) -> None:
        """Add the annotations of a doc.

        doc (Doc): The doc.
        """
        array = doc.to_array([*self.attrs]).reshape(len(doc), len(self.attrs))
        self.tokens.append(array)
        self.spaces.append(doc.to_array("SPACY").astype(bool).reshape(-1, 1))
        self.flags.append({"has_unknown_spaces": doc.has_unknown_spaces})
        self.cats.append(doc.cats)
        self.span_groups.append(doc.spans.to_bytes())
        named = [i for i, attr in enumerate(self.attrs) if attr not in NUMBERS]
        keys = set(array[:, named].ravel().tolist())
        for group in doc.spans.values():
            for span in group:
                keys.update((span.label, span.kb_id, span.id))
        strings = doc.vocab.strings
        self.strings.update(strings[key] for key in keys if key in strings)


def concatenate(paths: Iterable[Path], output: Path) -> None:
    """Write the docs of several DocBin files as one file, in order.

    Unlike `DocBin.merge` this holds one of the files at a time.

    paths (Iterable[Path]): The files. All must have the same attributes, and no user
        data.
    output (Path): The file to write. It is written beside its place and renamed.
    RAISES (ValueError): If there is no file, or one has other attributes.
    """
    attrs: List[Any] = []
    n_docs = 0
    with ExitStack() as stack, closing(sqlite3.connect("")) as strings:
        strings.execute("CREATE TABLE strings (value TEXT PRIMARY KEY) WITHOUT ROWID")
        spools: Dict[str, IO[bytes]] = {
            field: stack.enter_context(tempfile.TemporaryFile(dir=output.parent))
            for field in FIELDS
        }
        for path in paths:
            check_doc_bin(path)
            doc_bin = DocBin().from_disk(path)
            attrs = attrs or doc_bin.attrs
            if doc_bin.attrs != attrs:
                raise ValueError(f"{path} has other attributes than the files before")
            spool(doc_bin, spools)
            n_docs += len(doc_bin)
            values = ((value,) for value in doc_bin.strings if value != path.stem)
            strings.executemany("INSERT OR IGNORE INTO strings VALUES (?)", values)
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
            spools[field].write(PACKER.pack(value))


def write_doc_bin(
    file_: IO[bytes],
    attrs: List[Any],
    strings: sqlite3.Connection,
    spools: Dict[str, IO[bytes]],
    n_docs: int,
) -> None:
    """Write what `DocBin.to_bytes` returns, from spooled fields and strings."""
    compressor = zlib.compressobj()

    def write(data: bytes) -> None:
        file_.write(compressor.compress(data))

    write(bytes([0x80 + 3 + len(FIELDS)]))  # a map with that many entries
    for value in ("version", "0.1", "attrs", attrs, "strings"):
        write(PACKER.pack(value))
    [(n_strings,)] = strings.execute("SELECT count(*) FROM strings")
    write(struct.pack(">BI", ARRAY, n_strings))
    for (value,) in strings.execute("SELECT value FROM strings ORDER BY value"):
        write(PACKER.pack(value))
    for field in FIELDS:
        spooled = spools[field]
        is_bytes = field in ("tokens", "spaces", "lengths")
        length = spooled.tell() if is_bytes else n_docs
        write(PACKER.pack(field))
        write(struct.pack(">BI", BYTES if is_bytes else ARRAY, length))
        spooled.seek(0)
        while chunk := spooled.read(CHUNK):
            write(chunk)
    file_.write(compressor.flush())
