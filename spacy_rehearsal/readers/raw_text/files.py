"""The files of raw text: find them, tell their kind, open them."""

import glob
import os
import sys
from pathlib import Path
from typing import IO, Iterator, List, Optional, Tuple, Union

from smart_open.compression import compression_wrapper, get_supported_extensions
from thinc.api import ConfigValidationError

from ...errors import config_error, explain_damage
from ...files import decode_line, find_files

LOC = ("raw", "path")
RECORD_KINDS = (".json", ".parquet")  # the others have lines
TABLE_KINDS = (".csv", ".tsv", ".parquet")
KINDS = (".jsonl", ".txt", ".json", *TABLE_KINDS)
NOT_COMPRESSED = ".parquet"  # from outside: it is inside
STDIN = "-"
# a number, from 1, and what is there, or what is wrong with it
Line = Tuple[int, Union[str, ConfigValidationError]]


class RawFile:
    """A file of raw text that is open, and decompressed if its name says so.

    path (Path): The file, or - for what comes in.
    kind (str): One of `KINDS`, or `STDIN`.
    RAISES (ConfigValidationError): If it can't be opened.

    ATTRIBUTES:
    stream (IO[bytes]): What is in it.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self.path = path
        self.kind = kind
        self._file: IO[bytes] = sys.stdin.buffer if kind == STDIN else open_bytes(path)
        self.stream: IO[bytes] = self._file
        compression = find_compression(path)
        if compression:
            self.stream = compression_wrapper(self._file, "rb", compression)

    def __enter__(self) -> "RawFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self.kind != STDIN:
            self.stream.close()
            self._file.close()

    def check(self) -> None:
        """Check that it can be read, at its beginning.

        RAISES (ConfigValidationError): If it is damaged there.
        """
        with explain_damage(LOC, self.path):
            self.stream.read(1)

    def read_lines(self) -> Iterator[Line]:
        """Read the lines of the file.

        YIELDS (Tuple[int, Union[str, ConfigValidationError]]): Line number, from 1, and
            line, or the error that says what is wrong with it.
        """
        for line_no, line in enumerate(self.stream, start=1):
            try:
                yield line_no, decode_line(LOC, self.path, line_no, line)
            except ConfigValidationError as err:
                yield line_no, err

    def tell(self) -> int:
        """Tell how many bytes of the file have been read."""
        return 0 if self.kind == STDIN or self._file.closed else self._file.tell()

    def get_place(self, number: int) -> str:
        """Get what to call a line, or a record, in a message."""
        noun = "record" if self.kind in RECORD_KINDS else "line"
        return f"{self.path}, {noun} {number}"

    def error(self, number: int, problem: str) -> ConfigValidationError:
        """Make the error for a line, or a record.

        number (int): Which one, from 1.
        problem (str): What is wrong with it.
        RETURNS (ConfigValidationError): The error to raise.
        """
        return config_error(LOC, f"{self.get_place(number)}: {problem}")


def open_bytes(path: Path) -> IO[bytes]:
    try:
        return open(os.fspath(path), "rb")
    except OSError as err:
        raise config_error(LOC, f"{path} can't be opened: {err.strerror}") from None


def find_compression(path: Path) -> str:
    """Find the ending that says how a file is compressed, if it is."""
    suffix = path.suffix.lower()
    return suffix if suffix in get_supported_extensions() else ""


def get_kind(path: Path) -> Optional[str]:
    """Tell by its name what kind of raw text a file holds.

    path (Path): The file.
    RETURNS (Optional[str]): One of `KINDS`, if it is raw text.
    """
    compression = find_compression(path)
    kind = path.with_suffix("").suffix if compression else path.suffix
    kind = ".jsonl" if kind == ".ndjson" else kind
    is_known = kind in KINDS and not (compression and kind == NOT_COMPRESSED)
    return kind if is_known else None


def is_glob(path: Path) -> bool:
    """Tell whether a path stands for all files of a pattern."""
    return glob.has_magic(str(path)) and not os.path.exists(path)


def find_raw_files(path: Path, kind: Optional[str] = None) -> List[Tuple[Path, str]]:
    """Find the files of raw text.

    path (Path): A file, a directory to look through, a pattern such as
        data/*.jsonl.gz, or - for what comes in.
    kind (Optional[str]): The kind that files are read as, whatever their name. In a
        directory those with this ending are taken.
    RETURNS (List[Tuple[Path, str]]): The files in order, each with its kind.
    RAISES (ConfigValidationError): If there is none, a directory holds several kinds,
        or a file is of no kind.
    """
    if path == Path():
        raise config_error(LOC, "is empty, expected a file or directory")
    if str(path) == STDIN:
        return [(path, STDIN)]
    if os.path.isdir(path):
        return find_in_directory(path, kind)
    if is_glob(path):
        names = sorted(glob.glob(os.fspath(path), recursive=True))
        files = [Path(name) for name in names if os.path.isfile(name)]
        if not files:
            raise config_error(LOC, f"no file is named like '{path}'")
    elif os.path.exists(path):
        files = [path]
    else:
        raise config_error(LOC, f"there is no file or directory '{path}'")
    return [(file_, kind or require_kind(file_)) for file_ in files]


def find_in_directory(path: Path, kind: Optional[str]) -> List[Tuple[Path, str]]:
    """Find the files of a directory, which have to be of one kind."""
    if kind:
        found = [(file_, kind) for file_ in find_files(path, kind) if file_.is_file()]
    else:
        files = (file_ for file_ in find_files(path, "") if file_.is_file())
        kinds = ((file_, get_kind(file_)) for file_ in files)
        found = [(file_, known) for file_, known in kinds if known]
    if not found:
        expected = kind or list_kinds()
        raise config_error(LOC, f"the directory '{path}' holds no {expected} file")
    first = {known: file_ for file_, known in reversed(found)}
    if len(first) > 1:
        raise config_error(
            LOC,
            f"the directory '{path}' holds {' and '.join(sorted(first))} files: "
            f"{', '.join(str(first[known]) for known in sorted(first))}. Say which are "
            f"raw text, e.g. '{path / '**' / ('*' + found[0][1])}'",
        )
    return found


def require_kind(path: Path) -> str:
    """Get the kind of a file.

    path (Path): The file.
    RETURNS (str): One of `KINDS`.
    RAISES (ConfigValidationError): If it is of none.
    """
    kind = get_kind(path)
    if kind is None:
        compressions = ", ".join(get_supported_extensions())
        raise config_error(
            LOC,
            f"'{path}' is no {list_kinds()} file. All but {NOT_COMPRESSED} can be "
            f"compressed ({compressions}), with both endings in their name",
        )
    return kind


def list_kinds() -> str:
    return f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"
