"""A table of names from CSV or TSV."""

import csv
from itertools import groupby
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from spacy.util import SimpleFrozenDict

from ..errors import config_error
from ..files import decode_lines, ignore_progress, line_error
from .entries import Entry, Row
from .memory import Gazetteer, read_gazetteer
from .names import Folding

COLUMNS = ("name", "aliases", "id", "label")


def create_csv_gazetteer(
    path: Path,
    columns: Optional[Dict[str, str]] = None,
    header: Optional[List[str]] = None,
    attrs: Sequence[str] = (),
    alias_separator: str = "|",
    fold_case: bool = True,
    fold_accents: bool = False,
    trim: bool = False,
    fuzzy: bool = False,
) -> Gazetteer:
    """Load a gazetteer from a CSV file, or from a TSV file without quoting.

    path (Path): The file; tabs separate its columns unless it ends in ".csv".
    columns (Optional[Dict[str, str]]): See `read_csv`.
    header (Optional[List[str]]): See `read_csv`.
    attrs (Sequence[str]): See `read_csv`.
    alias_separator (str): See `read_csv`.
    fold_case, fold_accents, trim, fuzzy (bool): Which differences between names to look
        over; see `Folding`.
    RETURNS (Gazetteer): The gazetteer.
    RAISES (ConfigValidationError): If the file or a column is missing, or at the
        first row that is no entry, with file and line.
    """
    folding = Folding(fold_case, fold_accents, trim, fuzzy)
    rows = read_csv(
        Path(path),
        columns=columns or {},
        header=header,
        attrs=attrs,
        alias_separator=alias_separator,
    )
    return read_gazetteer(path, rows, folding)


def read_csv(
    path: Path,
    *,
    columns: Mapping[str, str] = SimpleFrozenDict(),
    header: Optional[List[str]] = None,
    attrs: Sequence[str] = (),
    alias_separator: str = "|",
    progress: Callable[[int], object] = ignore_progress,
) -> Iterator[Row]:
    """Read the entries of a CSV file, or of a TSV file without quoting. Rows with
    the same id that follow each other are one entry with several names.

    path (Path): The file; tabs separate its columns unless it ends in ".csv".
    columns (Mapping[str, str]): The columns of `name`, `aliases`, `id` and `label`. By
        default they are named so themselves.
    header (Optional[List[str]]): The names of the columns. By default the first row.
    attrs (Sequence[str]): Columns to keep as free attributes.
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
    lines = (line for _, line in decode_lines(["path"], path, progress=progress))
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
            raise line_error(["path"], path, line_no, msg)
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
            problem = f"is not valid CSV ({err})"
            raise line_error(["path"], path, reader.line_num, problem) from None
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
            raise line_error(
                ["path"],
                path,
                other_line_no,
                f"the id '{entry['id']}' has the label {other.get('label')!r} here, "
                f"and {entry.get('label')!r} in line {line_no}",
            )
        names = [other["name"], *other.get("aliases", [])]
        entry["aliases"] = [*entry.get("aliases", []), *names]
    return line_no, entry
