"""Find files, read their lines, write them whole; hash what they hold."""

import glob
import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Sequence, Tuple

import srsly
from spacy import util
from thinc.api import ConfigValidationError

from .errors import config_error

try:
    import fcntl
except ImportError:  # there is none on Windows
    fcntl = None  # type: ignore[assignment]

HALF_CHARACTER = re.compile("[\ud800-\udfff]")
FILE_TYPE = ".spacy"
ANNOTATION_TYPES = (".jsonl", ".json", ".py")
TABLE_TYPES = (".csv", ".tsv", ".conll", ".bio", ".iob", ".iob2")


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
    """Write a file, or a directory, beside its place and rename it, so that it is never
    half there. What killed processes have left beside the same place goes.

    path (Path): The file or directory to write. One that is there is replaced.
    YIELDS (Path): The file to write instead. It becomes `path` at the end, and goes if
        there is an error.
    """
    # locks hold on one machine
    prefix = f".{path.name}-{platform.node()}-"
    for left in path.parent.glob(f"{glob.escape(prefix)}*"):
        with lock(left) as is_mine:
            if is_mine and any(left.iterdir()):
                shutil.rmtree(left, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as directory,
        lock(Path(directory), wait=True),
    ):
        temporary = Path(directory) / path.name
        yield temporary
        if path.is_dir() and temporary.is_dir():
            os.replace(path, temporary.with_name(f"{path.name}.replaced"))
        os.replace(temporary, path)


@contextmanager
def lock(directory: Path, *, wait: bool = False) -> Iterator[bool]:
    """Lock a directory for as long as this process lives.

    directory (Path): The directory.
    wait (bool): Whether to wait while another process has locked it.
    YIELDS (bool): Whether it is locked: by nobody else, on a file system that can lock.
    """
    if fcntl is None:
        yield False
        return
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            is_locked = True
        except OSError:
            is_locked = False
        yield is_locked
    finally:
        os.close(descriptor)


def make_private(directory: Path) -> None:
    """Make a directory that no other user reads or writes.

    directory (Path): The directory. Its parent has to be there.
    RAISES (PermissionError): If it is another user's.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    # who owns what is made here; on shared disks that is not always os.getuid()
    with tempfile.TemporaryFile(dir=directory) as mine:
        if os.fstat(mine.fileno()).st_uid != directory.stat().st_uid:
            raise PermissionError(
                f"the directory '{directory}' belongs to another user, who could "
                "change what is in it. Give another one."
            )
    directory.chmod(0o700)


def get_megabytes(path: Path) -> float:
    """Get the size of the files in a directory."""
    files = (file_ for file_ in path.rglob("*") if file_.is_file())
    return sum(file_.stat().st_size for file_ in files) / 1e6


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
    if not os.path.isdir(path):
        return path.suffix == FILE_TYPE
    doc_bin = next(find_files(path, FILE_TYPE), None)
    others = (file_ for type_ in ANNOTATION_TYPES for file_ in find_files(path, type_))
    for other in others if doc_bin is not None else ():
        if other.suffix == ".jsonl":
            raise config_error(
                ["path"],
                f"the directory '{path}' holds annotations of two kinds, {doc_bin} and "
                f"{other}. Give one of them, or a directory of one kind.",
            )
        # labels of `spacy init labels`, or a script that made the .spacy files
        util.logger.warning("%s is not read, only %s files", other, FILE_TYPE)
    return doc_bin is not None


def ignore_progress(n_bytes: int) -> None:
    """Do without a progress bar."""


def decode_lines(
    loc: Sequence[str],
    path: Path,
    *,
    progress: Callable[[int], object] = ignore_progress,
) -> Iterator[Tuple[int, str]]:
    """Read the lines of a UTF-8 file, without a byte order mark.

    loc (Sequence[str]): Where the config names the file, for the message.
    path (Path): The file.
    progress (Callable[[int], object]): Called with the number of bytes of each line.
    YIELDS (Tuple[int, str]): Line number, from 1, and line.
    RAISES (ConfigValidationError): If the file is missing, or at the first line that
        is not UTF-8.
    """
    if os.path.isdir(path) or not os.path.exists(path):
        raise config_error(loc, f"there is no file '{path}'")
    with path.open("rb") as file_:
        for line_no, line in enumerate(file_, start=1):
            yield line_no, decode_line(loc, path, line_no, line)
            progress(len(line))


def decode_line(loc: Sequence[str], path: Path, line_no: int, line: bytes) -> str:
    """Decode a line of a UTF-8 file, without a byte order mark.

    loc (Sequence[str]): Where the config names the file, for the message.
    path (Path): The file.
    line_no (int): The line, from 1.
    line (bytes): What is there.
    RETURNS (str): The line.
    RAISES (ConfigValidationError): If it is not UTF-8.
    """
    try:
        return line.decode("utf-8-sig" if line_no == 1 else "utf8")
    except UnicodeDecodeError as err:
        raise line_error(
            loc,
            path,
            line_no,
            f"is not UTF-8: byte {line[err.start]:#04x} at position "
            f"{err.start + 1}. Save the file as UTF-8.",
        ) from None


def read_jsonl(
    loc: Sequence[str],
    path: Path,
    *,
    progress: Callable[[int], object] = ignore_progress,
) -> Iterator[Tuple[int, Any]]:
    """Read the values of a JSONL file.

    loc (Sequence[str]): Where the config names the file, for the message.
    path (Path): The file.
    progress (Callable[[int], object]): Called with the number of bytes of each line.
    YIELDS (Tuple[int, Any]): Line number, from 1, and the line's value. Empty lines
        are skipped.
    RAISES (ConfigValidationError): If the file is missing, or at the first line that
        is not UTF-8 or not JSON.
    """
    for line_no, line in decode_lines(loc, path, progress=progress):
        if not line.strip():
            continue
        try:
            value = load_json(line)
        except ValueError as err:
            problem = f"is not valid JSON ({err})"
            raise line_error(loc, path, line_no, problem) from None
        yield line_no, value


def load_json(text: str) -> Any:
    """Read a JSON value. It has no half characters, which can't be written again.

    text (str): The value as text.
    RETURNS (Any): The value.
    RAISES (ValueError): If it is not valid.
    """
    value = srsly.json_loads(text)
    if "\\u" in text and HALF_CHARACTER.search(json.dumps(value, ensure_ascii=False)):
        raise ValueError("has half a surrogate pair, which is no character")
    return value


def line_error(
    loc: Sequence[str], path: Path, line_no: int, problem: object
) -> ConfigValidationError:
    """Make the error for a line of a file.

    loc (Sequence[str]): Where the config names the file.
    path (Path): The file.
    line_no (int): The line, from 1.
    problem (object): What is wrong with it.
    RETURNS (ConfigValidationError): The error to raise.
    """
    return config_error(loc, f"{path}, line {line_no}: {problem}")


def is_overwritten(pipeline: Path, output: Path) -> bool:
    """Tell whether `spacy train` writes over a pipeline.

    pipeline (Path): The pipeline's directory.
    output (Path): The directory for `--output`.
    RETURNS (bool): Whether it does.
    """
    path = pipeline.resolve()
    written = {(output / name).resolve() for name in ("model-best", "model-last")}
    return not written.isdisjoint([path, *path.parents])
