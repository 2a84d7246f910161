"""`spacy rehearsal gazetteer`."""

from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence

import typer
from spacy.cli._util import Arg, Opt
from spacy.util import SimpleFrozenDict
from tqdm import tqdm

from ..errors import config_error
from ..files import read_jsonl
from ..gazetteers.csv_file import COLUMNS, read_csv
from ..gazetteers.json_file import read_json
from ..gazetteers.names import Folding
from ..gazetteers.sqlite import build_sqlite
from .app import rehearsal_cli
from .terminal import msg
from .util import check_output, print_json, show_errors

TABS = (".tsv", ".tab", ".txt")
gazetteer_cli = typer.Typer(
    name="gazetteer", help="Make tables for label_mapper", no_args_is_help=True
)
rehearsal_cli.add_typer(gazetteer_cli)


@gazetteer_cli.callback()
def gazetteer() -> None:
    # without it, Typer would drop the name of the one command there is
    pass


@gazetteer_cli.command("build")
def build_cli(
    input_path: Path = Arg(
        ...,
        help="Table: .jsonl, .json, .csv or .tsv, or .txt with tabs or a name a line",
    ),
    output_path: Path = Arg(..., help="SQLite file to write"),
    columns: Optional[List[str]] = Opt(
        None, "--column", "-c", help="KEY=COLUMN, KEY: name, aliases, id or label"
    ),
    header: Optional[str] = Opt(
        None, "--header", "-H", help="Columns, comma-separated, if the file has none"
    ),
    attrs: Optional[List[str]] = Opt(
        None, "--attr", "-a", help="Column to keep as a free attribute"
    ),
    alias_separator: str = Opt(
        "|", "--alias-separator", "-s", help="What separates the aliases in a column"
    ),
    fold_case: bool = Opt(True, help="Look over upper and lower case"),
    fold_accents: bool = Opt(False, help="Look over accents"),
    trim: bool = Opt(False, help="Look over English possessive and plural endings"),
    fuzzy: bool = Opt(False, help="Look over one wrong letter, from 5 letters on"),
    force: bool = Opt(False, "--force", "-F", help="Overwrite the output file"),
    as_json: bool = Opt(False, "--json", help="Print the count as JSON"),
) -> None:
    """
    Convert a table of names into a SQLite file for
    spacy-rehearsal.SqliteGazetteer.v1, which looks names up without loading them
    into memory. The file is there once it is whole, so that this can be interrupted.
    """
    with show_errors():
        n_entries = build(
            input_path,
            output_path,
            columns=parse_columns(columns or []),
            header=header.split(",") if header else None,
            attrs=attrs or [],
            alias_separator=alias_separator,
            folding=Folding(fold_case, fold_accents, trim, fuzzy),
            force=force,
        )
    if as_json:
        print_json({"entries": n_entries, "output": str(output_path)})
    else:
        msg.good(f"{n_entries} entries", output_path)


def build(
    input_path: Path,
    output_path: Path,
    *,
    columns: Mapping[str, str] = SimpleFrozenDict(),
    header: Optional[List[str]] = None,
    attrs: Sequence[str] = (),
    alias_separator: str = "|",
    folding: Folding = Folding(),
    force: bool = False,
) -> int:
    """Convert a table into a SQLite file, with a progress bar.

    input_path (Path): The table: .jsonl, .json, .csv, .tsv or .txt.
    output_path (Path): The file to write.
    columns (Mapping[str, str]): The columns of `name`, `aliases`, `id` and `label` in a
        CSV or TSV file.
    header (Optional[List[str]]): The names of the columns. By default the first row.
    attrs (Sequence[str]): Columns to keep as free attributes.
    alias_separator (str): What separates the aliases in their column.
    folding (Folding): How names are compared.
    force (bool): Overwrite the output file.
    RETURNS (int): The number of entries.
    RAISES (ConfigValidationError): If the output file exists, its directory doesn't,
        the input is missing, or at its first line that is not valid.
    """
    if not input_path.is_file():
        raise config_error(["input"], f"there is no file '{input_path}'")
    check_output(output_path, force=force)
    suffix = input_path.suffix.lower()
    size = input_path.stat().st_size
    with tqdm(total=size, unit="B", unit_scale=True, leave=False) as bar:
        if suffix == ".jsonl":
            rows = read_jsonl(["input"], input_path, progress=bar.update)
        elif suffix == ".json":
            rows = read_json(input_path, progress=bar.update)
        elif suffix in (".csv", *TABS):
            rows = read_csv(
                input_path,
                columns=columns,
                header=header,
                attrs=attrs,
                alias_separator=alias_separator,
                progress=bar.update,
            )
        else:
            kinds = ", ".join((".jsonl", ".json", ".csv", *TABS))
            problem = f"'{input_path}' has none of the file endings {kinds}"
            raise config_error(["input"], problem)
        return build_sqlite(input_path, rows, output_path, folding)


def parse_columns(columns: List[str]) -> Dict[str, str]:
    """Read what `--column` was given."""
    pairs = {}
    for column in columns:
        key, _, name = column.partition("=")
        if key not in COLUMNS or not name:
            raise config_error(
                ["column"],
                f"expected KEY=COLUMN with KEY one of {', '.join(COLUMNS)}, "
                f"found '{column}'",
            )
        pairs[key] = name
    return pairs
