"""Find, decode and write files; hashes of what they hold."""

import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterable, Iterator, Sequence, Tuple

from .errors import config_error

FILE_TYPE = ".spacy"
ANNOTATION_TYPES = (".jsonl", ".json", ".py")


def digest(parts: Iterable[bytes]) -> str:
    """Hash byte strings so that moving a boundary between them changes the hash.

    parts (Iterable[bytes]): What to hash.
    RETURNS (str): 32 hexadecimal digits.
    """
    hasher = hashlib.blake2b(digest_size=16)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that it is never half there.

    path (Path): The file to write.
    data (bytes): Its content.
    """
    with write_beside(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Write a file beside its place and rename it, so that it is never half there.

    path (Path): The file to write.
    YIELDS (Path): The file to write instead. It becomes `path` at the end, and goes if
        there is an error.
    """
    with tempfile.TemporaryDirectory(
        dir=path.parent, prefix=f".{path.name}-"
    ) as directory:
        temporary = Path(directory) / path.name
        yield temporary
        os.replace(temporary, path)


def find_files(path: Path, file_type: str) -> Iterator[Path]:
    """Find the files that spaCy's readers read.

    path (Path): A file, or a directory to look through.
    file_type (str): The ending of the files.
    YIELDS (Path): The files.
    """
    files = sorted(path.rglob(f"*{file_type}")) if path.is_dir() else [path]
    for file_ in files:
        if not any(part.startswith(".") for part in file_.relative_to(path).parts):
            yield file_


def has_doc_bins(path: Path) -> bool:
    """Tell whether a path is a .spacy file, or a directory of such.

    path (Path): A file or directory. Hidden files in it do not count.
    RETURNS (bool): Whether spacy.Corpus.v1 reads it, and not SimpleCorpus.
    RAISES (ConfigValidationError): If a directory holds files for both: one kind would
        not be read.
    """
    if not path.is_dir():
        return path.suffix == FILE_TYPE
    doc_bin = next(find_files(path, FILE_TYPE), None)
    others = (file_ for type_ in ANNOTATION_TYPES for file_ in find_files(path, type_))
    other = None if doc_bin is None else next(others, None)
    if other is not None:
        raise config_error(
            ["path"],
            f"the directory '{path}' holds annotations of two kinds, {doc_bin} and "
            f"{other}. Give one of them, or a directory of one kind.",
        )
    return doc_bin is not None


def decode_lines(loc: Sequence[str], path: Path) -> Iterator[Tuple[int, str]]:
    """Read the lines of a UTF-8 file, without a byte order mark.

    loc (Sequence[str]): Where the config names the file, for the message.
    path (Path): The file.
    YIELDS (Tuple[int, str]): Line number, from 1, and line.
    RAISES (ConfigValidationError): At the first line that is not UTF-8.
    """
    with path.open("rb") as file_:
        for line_no, line in enumerate(file_, start=1):
            try:
                yield line_no, line.decode("utf-8-sig" if line_no == 1 else "utf8")
            except UnicodeDecodeError as err:
                raise config_error(
                    loc,
                    f"{path}, line {line_no}: is not UTF-8: byte "
                    f"{line[err.start]:#04x} at position {err.start + 1}. "
                    "Save the file as UTF-8.",
                ) from None
