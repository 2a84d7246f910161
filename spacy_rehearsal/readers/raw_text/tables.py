"""Raw text in the column of a table."""

import csv
from itertools import chain
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Optional

from thinc.api import ConfigValidationError

from ...errors import config_error, list_names
from ...files import decode_line
from .files import LOC, Line, RawFile

TEXT_KEYS = ("text", "content", "body", "sentence", "document", "raw_text", "message")
DELIMITERS = ",;\t|"
MAX_FIELD = 100_000_000  # characters
BATCH = 1000  # rows


def find_key(keys: Iterable[str], text_key: Optional[str]) -> Optional[str]:
    """Find which key or column has the text.

    keys (Iterable[str]): Those that there are.
    text_key (Optional[str]): The one that is wanted. By default the first of
        `TEXT_KEYS`.
    RETURNS (Optional[str]): The key, if it is there.
    """
    found = {*keys}
    wanted = TEXT_KEYS if text_key is None else (text_key,)
    return next((key for key in wanted if key in found), None)


def find_column(path: Path, columns: List[str], text_key: Optional[str]) -> str:
    """Find the column of the text.

    path (Path): The file, for the message.
    columns (List[str]): The names of all.
    text_key (Optional[str]): The one that is wanted.
    RETURNS (str): Its name.
    RAISES (ConfigValidationError): If it is not there.
    """
    key = find_key(columns, text_key)
    if key is None:
        found = list_names(f'"{column}"' for column in columns)
        raise config_error(
            LOC,
            f'{path}: has no column "{text_key or TEXT_KEYS[0]}". It has {found}: name '
            "the one with the text with --text-key, or text_key",
        )
    return key


def read_csv(file_: RawFile, text_key: Optional[str], _: str) -> Iterator[Line]:
    """Read a column of a CSV file, whose delimiter is found out, or of a TSV file
    without quoting."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD))
    unread: List[Line] = []

    def decode() -> Iterator[str]:
        for line_no, line in enumerate(file_.stream, start=1):
            try:
                yield decode_line(LOC, file_.path, line_no, line)
            except ConfigValidationError as err:  # no use of the row that it is in
                unread.append((line_no, err))
                yield line.decode("utf8", "replace")

    lines = decode()
    first = next(lines, "")
    rows: Any = csv.reader(chain([first], lines), **get_dialect(file_.kind, first))
    header: Optional[List[str]] = None
    while True:
        begin = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as err:
            unread.append((begin, file_.error(begin, f"is not valid CSV ({err})")))
            row = []
        if unread:
            yield from unread
            unread.clear()
        elif not row:
            continue
        elif header is None:
            header = [name.strip() for name in row]
            column = header.index(find_column(file_.path, header, text_key))
        elif len(row) > column:
            yield begin, row[column]
        else:
            problem = f"has {len(row)} columns, expected {len(header)}"
            yield begin, file_.error(begin, problem)


def get_dialect(kind: str, header: str) -> Any:
    """Get how a table is written. Its first line says what the delimiter is."""
    if kind == ".tsv":
        return {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
    return {"delimiter": max(DELIMITERS, key=header.count), "strict": True}


def read_parquet(file_: RawFile, text_key: Optional[str], _: str) -> Iterator[Line]:
    """Read a column of a Parquet file. A null is an empty text."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise config_error(
            LOC,
            f"{file_.path}: needs pyarrow. Install it with `pip install "
            "'spacy-rehearsal[parquet]'`",
        ) from None
    table = parquet.ParquetFile(file_.stream, pre_buffer=False, buffer_size=2**16)
    schema = table.schema_arrow
    column = find_column(file_.path, schema.names, text_key)
    found = schema.field(column).type
    values = found.value_type if pyarrow.types.is_dictionary(found) else found
    is_text = (pyarrow.types.is_string, pyarrow.types.is_large_string)
    if not any(check(values) for check in is_text):
        message = f'{file_.path}: the column "{column}" has no texts but {found}'
        raise config_error(LOC, message)
    batches = table.iter_batches(BATCH, columns=[column], use_threads=False)
    texts = (text for batch in batches for text in batch.column(0).to_pylist())
    yield from enumerate((text or "" for text in texts), start=1)
