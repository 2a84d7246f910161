"""Read the rows of JSONL, CSV and TSV files."""

import csv
from itertools import groupby
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

import srsly
from thinc.api import ConfigValidationError

from ..errors import config_error

Entry = Dict[str, Any]
Row = Tuple[int, Entry]
ENTRY_KEYS = {"name": str, "aliases": list, "id": str, "label": str, "attrs": dict}
COLUMNS = ("name", "aliases", "id", "label")


def ignore_progress(n_bytes: int) -> None:
    """Do without a progress bar."""


def read_jsonl(
    path: Path, *, progress: Callable[[int], object] = ignore_progress
) -> Iterator[Tuple[int, Any]]:
    """Read a JSONL file line by line.

    path (Path): The file.
    progress (Callable[[int], object]): Called with the number of bytes of each line.
    YIELDS (Tuple[int, Any]): Line number, from 1, and the line's value. Empty lines
        are skipped.
    RAISES (ConfigValidationError): If the file is missing, or at the first line that
        is not UTF-8 or not JSON, with file and line.
    """
    for line_no, line in read_lines(path, progress=progress):
        if not line.strip():
            continue
        try:
            record = srsly.json_loads(line)
        except ValueError as err:
            raise locate(path, line_no, f"is not valid JSON ({err})") from None
        yield line_no, record


def read_csv(
    path: Path,
    *,
    columns: Dict[str, str] = {},
    header: Optional[List[str]] = None,
    attrs: List[str] = [],
    alias_separator: str = "|",
    progress: Callable[[int], object] = ignore_progress,
) -> Iterator[Row]:
    """Read the entries of a CSV file, or of a TSV file without quoting. Rows with
    the same id that follow each other are one entry with several names.

    path (Path): The file; tabs separate its columns unless it ends in ".csv".
    columns (Dict[str, str]): The columns of `name`, `aliases`, `id` and `label`. By
        default they are named so themselves.
    header (Optional[List[str]]): The names of the columns. By default the first row.
    attrs (List[str]): Columns to keep as free attributes.
    alias_separator (str): What separates the aliases in their column.
    progress (Callable[[int], object]): Called with the number of bytes of each line.
    YIELDS (Tuple[int, Dict[str, Any]]): Line number, from 1, and entry.
    RAISES (ConfigValidationError): If the file or a column is missing, or at the
        first row that is no entry, with file and line.
    """
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        msg = f"unknown key '{unknown[0]}', expected: {', '.join(COLUMNS)}"
        raise config_error(["columns"], msg)
    lines = (line for _, line in read_lines(path, progress=progress))
    if path.suffix.lower() == ".csv":
        reader = csv.reader(lines, strict=True)
    else:
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    rows = iterate_csv(path, reader)
    if header is None:
        _, header = next(rows, (0, []))
    defaults = {key: key for key in COLUMNS if key in header}
    positions = {}
    for key, column in {"name": "name", **defaults, **columns}.items():
        positions[key] = find_column(path, header, key, column)
    attr_positions = {name: find_column(path, header, "attrs", name) for name in attrs}

    def convert(row: List[str]) -> Entry:
        entry: Entry = {key: row[i] for key, i in positions.items() if row[i]}
        entry.setdefault("name", "")
        if "aliases" in entry:
            names = entry["aliases"].split(alias_separator)
            entry["aliases"] = [name for name in names if name.strip()]
        if attr_positions:
            entry["attrs"] = {name: row[i] for name, i in attr_positions.items()}
        return entry

    def check_width(line_no: int, row: List[str]) -> Row:
        if len(row) != len(header):
            msg = f"has {len(row)} columns, expected {len(header)}"
            raise locate(path, line_no, msg)
        return line_no, convert(row)

    entries = (check_width(line_no, row) for line_no, row in rows if row)
    for _, group in groupby(entries, lambda row: row[1].get("id", row[0])):
        yield merge_rows(path, list(group))


def iterate_csv(path: Path, reader: Any) -> Iterator[Tuple[int, List[str]]]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            raise locate(path, reader.line_num, f"is not valid CSV ({err})") from None
        yield reader.line_num, row


def find_column(path: Path, header: List[str], key: str, column: str) -> int:
    if column not in header:
        msg = f"'{path}' has no column '{column}', only: {', '.join(header) or 'none'}"
        raise config_error(["columns", key], msg)
    return header.index(column)


def merge_rows(path: Path, rows: List[Row]) -> Row:
    """Make one entry of rows with the same id."""
    line_no, entry = rows[0]
    for other_line_no, other in rows[1:]:
        if other.get("label") != entry.get("label"):
            raise locate(
                path,
                other_line_no,
                f"the id '{entry['id']}' has the label {other.get('label')!r} here, "
                f"and {entry.get('label')!r} in line {line_no}",
            )
        names = [other["name"], *other.get("aliases", [])]
        entry["aliases"] = [*entry.get("aliases", []), *names]
    return line_no, entry


def read_lines(
    path: Path, *, progress: Callable[[int], object] = ignore_progress
) -> Iterator[Tuple[int, str]]:
    if not path.is_file():
        raise config_error(["path"], f"there is no file '{path}'")
    with path.open("rb") as file_:
        for line_no, line in enumerate(file_, start=1):
            try:
                yield line_no, line.decode("utf-8-sig" if line_no == 1 else "utf-8")
            except UnicodeDecodeError as err:
                msg = f"is not UTF-8 (byte {err.start + 1}). Save the file as UTF-8."
                raise locate(path, line_no, msg) from None
            progress(len(line))


def read_cfg(path: Path, keys: Iterable[str]) -> Dict[str, Any]:
    """Read the settings that a gazetteer was saved with.

    path (Path): The JSON file.
    keys (Iterable[str]): The settings that it must have.
    RETURNS (Dict[str, Any]): The settings.
    RAISES (ConfigValidationError): If the file is missing or damaged.
    """
    if not path.is_file():
        raise config_error(["path"], f"there is no file '{path}'")
    try:
        cfg = srsly.read_json(path)
    except ValueError:
        cfg = None
    if not isinstance(cfg, dict) or set(cfg) != set(keys):
        msg = f"'{path}' is damaged, expected JSON with the keys {', '.join(keys)}"
        raise config_error(["path"], msg)
    return cfg


def locate(path: Path, line_no: int, problem: object) -> ConfigValidationError:
    """Make the error for a line of a file.

    path (Path): The file.
    line_no (int): The line.
    problem (object): What is wrong with it.
    RETURNS (ConfigValidationError): The error to raise.
    """
    return config_error(["path"], f"{path}, line {line_no}: {problem}")


def check_entry(entry: Any) -> None:
    """Check an entry of a gazetteer.

    entry (Any): The entry.
    RAISES (ValueError): If it has no name, an unknown key or a value of the wrong
        type.
    """
    if not isinstance(entry, dict):
        raise ValueError(f"expected a name or an object with a name, found {entry!r}")
    for key, value in entry.items():
        expected = ENTRY_KEYS.get(key)
        if expected is None:
            raise ValueError(
                f"unknown key '{key}' in {entry}, expected: {', '.join(ENTRY_KEYS)}; "
                "whatever else there is goes into 'attrs'"
            )
        if not isinstance(value, expected):
            raise ValueError(f"'{key}' must be a {expected.__name__}, found {value!r}")
        if expected is str and not value.strip():
            raise ValueError(f"'{key}' must be a text that is not empty, found {entry}")
    if "name" not in entry:
        raise ValueError(f"'name' is missing, found {entry}")
    if "aliases" in entry:
        for alias in entry["aliases"]:
            if not isinstance(alias, str) or not alias.strip():
                msg = f"an alias must be a text that is not empty, found {entry}"
                raise ValueError(msg)
