"""A table of names from CSV or TSV."""

from pathlib import Path
from typing import Dict, List, Optional

from .memory import Gazetteer, read_gazetteer
from .names import Folding
from .tables import read_csv


def create_csv_gazetteer(
    path: Path,
    columns: Dict[str, str] = {},
    header: Optional[List[str]] = None,
    attrs: List[str] = [],
    alias_separator: str = "|",
    fold_case: bool = True,
    fold_accents: bool = False,
    trim: bool = False,
    fuzzy: bool = False,
) -> "Gazetteer":
    """Load a gazetteer from a CSV file, or from a TSV file without quoting.

    path (Path): The file; tabs separate its columns unless it ends in ".csv". Rows
        with the same id that follow each other are one entry with several names.
    columns (Dict[str, str]): The columns of `name`, `aliases`, `id` and `label`. By
        default they are named so themselves.
    header (Optional[List[str]]): The names of the columns. By default the first row.
    attrs (List[str]): Columns to keep as free attributes.
    alias_separator (str): What separates the aliases in their column.
    fold_case (bool): Look names up without regard to case.
    fold_accents (bool): Look names up without regard to accents.
    trim (bool): Look names that are not found up without an English possessive or
        plural ending.
    fuzzy (bool): Look names of 5 letters or more that are not found up at edit
        distance 1.
    RETURNS (Gazetteer): The gazetteer.
    RAISES (ConfigValidationError): If the file or a column is missing, or at the
        first row that is no entry, with file and line.
    """
    folding = Folding(fold_case, fold_accents, trim, fuzzy)
    rows = read_csv(
        Path(path),
        columns=columns,
        header=header,
        attrs=attrs,
        alias_separator=alias_separator,
    )
    return read_gazetteer(path, rows, folding)
