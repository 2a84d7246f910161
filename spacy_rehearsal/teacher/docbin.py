"""DocBins of many docs in little memory, which say what they hold."""

import sqlite3
import struct
import tempfile
import zlib
from collections import Counter
from contextlib import ExitStack, closing
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple

from spacy.attrs import ENT_IOB, HEAD, SENT_START
from spacy.tokens import Doc, DocBin
from srsly.msgpack import Packer, Unpacker

from ..binaries import decompress, unpack
from ..files import digest, write_beside

CHUNK = 2**20
# the first byte of a msgpack value whose length follows in four bytes
BYTES, ARRAY = 0xC6, 0xDD
MAX_BYTES = 2**32 - 1
FIELDS = ("tokens", "spaces", "lengths", "cats", "flags", "span_groups")
PER_TOKEN = FIELDS[:3]
# spaCy does not look at it. It comes first
CONTENTS = "spacy_rehearsal"
# token attributes whose values are no hashes of strings
NUMBERS = (ENT_IOB, HEAD, SENT_START)
# made once: each call of srsly.msgpack_dumps looks through all entry points
PACKER = Packer(use_bin_type=True)


class Contents(NamedTuple):
    """What a file of annotated docs says of itself.

    key (str): What identifies the model and the texts.
    n_texts (int): The number of texts.
    n_words (int): The number of their tokens.
    labels (Mapping[str, int]): The number of entities of each label.
    """

    key: str
    n_texts: int
    n_words: int
    labels: Mapping[str, int]


def digest_keys(keys: Iterable[str]) -> str:
    """Get what identifies several files together, in order."""
    return digest(key.encode() for key in keys)


def join_contents(contents: Iterable[Contents]) -> Contents:
    """Describe what several files hold, in order."""
    keys: List[str] = []
    n_texts = n_words = 0
    labels: Counter[str] = Counter()
    for part in contents:
        keys.append(part.key)
        n_texts += part.n_texts
        n_words += part.n_words
        labels.update(part.labels)
    return Contents(digest_keys(keys), n_texts, n_words, dict(labels.most_common()))


def read_contents(data: bytes) -> Contents:
    """Read what a file says of itself. That it is whole is checked by its checksum.

    data (bytes): The content of the file.
    RETURNS (Contents): What it says.
    RAISES (ValueError): If it is damaged, or was not written here.
    """
    unpacker = Unpacker(BytesIO(decompress(data)), raw=False)
    try:
        unpacker.read_map_header()
        if unpacker.unpack() == CONTENTS:
            return Contents(*unpacker.unpack())
    except Exception:  # it has many errors, of several classes
        pass
    raise ValueError("it was made by something else")


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


def pack(doc_bin: DocBin, contents: Contents) -> bytes:
    """Serialize a DocBin as `DocBin.to_bytes` does, with what it holds.

    doc_bin (DocBin): The DocBin. User data is left out.
    contents (Contents): What it holds.
    RETURNS (bytes): What `DocBin.from_bytes` and `read_contents` read.
    """
    spools: Dict[str, IO[bytes]] = {field: BytesIO() for field in FIELDS}
    for tokens, spaces in zip(doc_bin.tokens, doc_bin.spaces):
        spools["tokens"].write(tokens.tobytes("C"))
        spools["spaces"].write(spaces.tobytes("C"))
        spools["lengths"].write(struct.pack("<i", len(tokens)))
    for field in ("cats", "flags", "span_groups"):
        spool_values(getattr(doc_bin, field), spools[field])
    strings = sorted(doc_bin.strings)
    file_ = BytesIO()
    write_doc_bin(file_, contents, doc_bin.attrs, len(strings), strings, spools)
    return file_.getvalue()


def concatenate(paths: Iterable[Path], output: Path) -> None:
    """Write the docs of several files of this package as one file, in order.

    Unlike `DocBin.merge` this holds one of the files at a time.

    paths (Iterable[Path]): The files. All must have the same attributes.
    output (Path): The file to write. It is written beside its place and renamed.
    RAISES (ValueError): If there is no file, one has other attributes, or there is more
        than a .spacy file can hold.
    """
    attrs: List[Any] = []
    parts: List[Contents] = []
    with ExitStack() as stack, closing(sqlite3.connect("")) as strings:
        strings.execute("CREATE TABLE strings (value TEXT PRIMARY KEY) WITHOUT ROWID")
        spools: Dict[str, IO[bytes]] = {
            field: stack.enter_context(tempfile.TemporaryFile(dir=output.parent))
            for field in FIELDS
        }
        for path in paths:
            data = path.read_bytes()
            parts.append(read_contents(data))
            part = unpack(decompress(data))
            attrs = attrs or part["attrs"]
            if part["attrs"] != attrs:
                raise ValueError(f"{path} has other attributes than the files before")
            for field, file_ in spools.items():
                if field in PER_TOKEN:
                    file_.write(part[field])
                else:
                    spool_values(part[field], file_)
            if spools["tokens"].tell() > MAX_BYTES:
                raise ValueError(
                    "that is more than the 4 GB that a .spacy file can hold"
                )
            values = ((value,) for value in part["strings"])
            strings.executemany("INSERT OR IGNORE INTO strings VALUES (?)", values)
        if not attrs:
            raise ValueError("there is no file to concatenate")
        [(n_strings,)] = strings.execute("SELECT count(*) FROM strings")
        rows = strings.execute("SELECT value FROM strings ORDER BY value")
        with write_beside(output) as path, path.open("wb") as file_:
            write_doc_bin(
                *(file_, join_contents(parts), attrs),
                *(n_strings, (value for (value,) in rows), spools),
            )


def spool_values(values: Iterable[Any], file_: IO[bytes]) -> None:
    file_.writelines(map(PACKER.pack, values))


def write_doc_bin(
    file_: IO[bytes],
    contents: Contents,
    attrs: List[Any],
    n_strings: int,
    strings: Iterable[str],
    spools: Dict[str, IO[bytes]],
) -> None:
    """Write what `DocBin.to_bytes` returns, from spooled fields and strings."""
    compressor = zlib.compressobj()

    def generate() -> Iterator[bytes]:
        yield bytes([0x80 + 4 + len(FIELDS)])  # a map with that many entries
        values = (CONTENTS, tuple(contents), "version", "0.1", "attrs", attrs)
        yield from map(PACKER.pack, (*values, "strings"))
        yield struct.pack(">BI", ARRAY, n_strings)
        yield from map(PACKER.pack, strings)
        for field, spooled in spools.items():
            is_bytes = field in PER_TOKEN
            length = spooled.tell() if is_bytes else contents.n_texts
            yield PACKER.pack(field)
            yield struct.pack(">BI", BYTES if is_bytes else ARRAY, length)
            spooled.seek(0)
            while chunk := spooled.read(CHUNK):
                yield chunk

    for data in generate():
        file_.write(compressor.compress(data))
    file_.write(compressor.flush())
