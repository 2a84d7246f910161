"""The rows of a CSV or TSV file, whatever separates its columns."""

import csv
from itertools import chain, islice
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Tuple

from ..files import decode_lines, ignore_progress, line_error

SAMPLE = 50  # lines
CSV = ".csv"
CSV_DELIMITERS = (",", ";", "\t", "|")
TSV_DELIMITERS = ("\t", ";")

NumberedRow = Tuple[int, List[str]]


def read_rows(
    path: Path,
    header: Optional[List[str]],
    *,
    progress: Callable[[int], object] = ignore_progress,
) -> Tuple[List[str], Iterator[NumberedRow]]:
    """Read the rows of a table, without blank ones and comments.

    path (Path): The file. Names are quoted in a .csv file only.
    header (Optional[List[str]]): The names of the columns, if the file has none. By
        default they are in the first row, or in the last comment before it; a text
        file with one column needs no header.
    progress (Callable[[int], object]): Called with the number of bytes of each line.
    RETURNS (Tuple[List[str], Iterator[NumberedRow]]): The names of the columns, and the
        rows with the lines that they end in, from 1.
    RAISES (ConfigValidationError): While they are taken, at the first row that is not
        valid CSV.
    """
    lines = (line for _, line in decode_lines(["path"], path, progress=progress))
    sample = [*islice(lines, SAMPLE)]
    n_before = next((i for i, line in enumerate(sample) if not is_skipped(line)), 0)
    before, sample = sample[:n_before], sample[n_before:]
    is_csv = path.suffix.lower() == CSV
    n_columns = None if header is None else len(header)
    delimiter = sniff(sample, is_csv=is_csv, n_columns=n_columns)
    blank = ["\n"] * n_before  # so that lines keep their numbers
    all_lines = chain(blank, sample, lines)
    rows: Iterator[NumberedRow] = (
        row
        for row in parse(path, all_lines, delimiter, is_csv=is_csv)
        if any(cell.strip() for cell in row[1])
    )
    first = next(rows, (0, []))
    if header is None:
        header = find_header(before, first[1], delimiter)
        if header is None and not is_csv and len(first[1]) == 1:
            header = ["name"]
            rows = rows if is_header(first[1]) else chain([first], rows)
        elif header is None:
            header = [name.strip() for name in first[1]]
        else:
            rows = chain([first], rows)
    else:
        rows = chain([first] if first[1] else [], rows)
    n_columns = len(header)
    return header, (row for row in rows if not is_comment(row[1], n_columns))


def is_skipped(line: str) -> bool:
    """Tell whether a line before the table is blank, a comment or Excel's "sep=;"."""
    return not line.strip() or line.startswith(("#", "sep="))


def is_comment(row: List[str], n_columns: int) -> bool:
    """Tell whether a row among others is a comment, and no name that begins with #."""
    is_short = len(row) != n_columns or n_columns == 1
    return is_short and row[0].startswith(("# ", "##"))


def is_header(row: List[str]) -> bool:
    return [cell.strip().lower() for cell in row] == ["name"]


def find_header(
    before: List[str], first: List[str], delimiter: str
) -> Optional[List[str]]:
    """Find the names of the columns in the last comment before the first row."""
    comments = [line for line in before if line.startswith("#")]
    names = comments[-1].lstrip("#").split(delimiter) if comments else []
    if len(names) != len(first) or len(names) < 2:
        return None
    return [name.strip() for name in names]


def sniff(sample: List[str], *, is_csv: bool, n_columns: Optional[int]) -> str:
    """Find out what separates the columns: what gives all rows as many of them.

    sample (List[str]): The first lines.
    is_csv (bool): Whether names are quoted.
    n_columns (Optional[int]): The number of columns, if it is known.
    RETURNS (str): The character.
    """
    usual, *others = CSV_DELIMITERS if is_csv else TSV_DELIMITERS
    for delimiter in (usual, *others):
        rows = csv.reader(sample, **get_dialect(delimiter, is_csv=is_csv, strict=False))
        try:
            widths = {len(row) for row in rows if row}
        except csv.Error:
            continue
        width = max(widths, default=0)
        if width == n_columns or (len(widths) == 1 and width > 1):
            return delimiter
    first = sample[0] if sample else ""
    found = [d for d in (usual, *others) if d in first]
    return found[0] if found else usual


def get_dialect(delimiter: str, *, is_csv: bool, strict: bool) -> Any:
    if is_csv:
        return {"delimiter": delimiter, "strict": strict}
    return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE}


def parse(
    path: Path, lines: Iterator[str], delimiter: str, *, is_csv: bool
) -> Iterator[NumberedRow]:
    reader = csv.reader(lines, **get_dialect(delimiter, is_csv=is_csv, strict=True))
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            problem = f"is not valid CSV ({err})"
            raise line_error(["path"], path, reader.line_num, problem) from None
        yield reader.line_num, row
