"""A table of names from CSV or TSV."""

from itertools import groupby
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Sequence

from spacy import util
from spacy.util import SimpleFrozenDict

from ..errors import config_error
from ..files import ignore_progress, line_error
from .entries import Entry, Row
from .memory import Gazetteer, read_gazetteer
from .names import Folding
from .tables import read_rows

COLUMNS = ("name", "aliases", "id", "label")
OTHER_COLUMNS = ("id", "label", "other")  # of an example
SEPARATORS = (", ", ";", ",")


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
    """Load a gazetteer from a CSV file, from a TSV file without quoting, or from a text
    file with a name a line.

    path (Path): The file. What separates the columns is found out.
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
    """Read the entries of a CSV file, of a TSV file without quoting, or of a text file
    with a name a line. Rows with the same id that follow each other are one entry with
    several names.

    path (Path): The file. What separates the columns is found out.
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
    header, rows = read_rows(path, header, progress=progress)
    lower = {name.lower(): name for name in reversed(header)}
    defaults = {key: lower[key] for key in COLUMNS if key in lower}
    positions = {}
    for key, column in {"name": "name", **defaults, **columns}.items():
        positions[key] = find_column(path, header, key, column)
    attr_positions = {name: find_column(path, header, "attrs", name) for name in attrs}

    unsplit: List[str] = []

    def convert(row: List[str]) -> Entry:
        entry: Entry = {key: row[i] for key, i in positions.items() if row[i]}
        entry.setdefault("name", "")
        if "aliases" in entry:
            given = entry["aliases"]
            names = given.split(alias_separator)
            entry["aliases"] = [name for name in names if name.strip()]
            if len(names) == 1:
                unsplit.extend([given] * any(mark in given for mark in SEPARATORS))
        if attr_positions:
            entry["attrs"] = {name: row[i] for name, i in attr_positions.items()}
        return entry

    def check_width(line_no: int, row: List[str]) -> Row:
        if len(row) != len(header):
            msg = f"has {len(row)} columns, expected {len(header)}"
            raise line_error(["path"], path, line_no, msg)
        return line_no, convert(row)

    entries = (check_width(line_no, row) for line_no, row in rows)
    for _, group in groupby(entries, lambda row: row[1].get("id", row[0])):
        yield merge_rows(path, list(group))
    if unsplit:
        util.logger.warning(
            "%s: %d aliases have a comma or semicolon in them and are read as one "
            "name, the first is '%s'. If they are several, set alias_separator "
            "(-s ',').",
            path,
            len(unsplit),
            unsplit[0],
        )


def find_column(path: Path, header: List[str], key: str, column: str) -> int:
    if column not in header:
        msg = f"'{path}' has no column '{column}', only: {', '.join(header) or 'none'}"
        if key == "name":
            msg += (
                ". Say which has the names (-c name=COLUMN; columns in a config), or, "
                "if the first row is no header, what the columns are (--header "
                f"{','.join(['name', *OTHER_COLUMNS][: max(1, len(header))])}; header "
                "in a config)."
            )
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
