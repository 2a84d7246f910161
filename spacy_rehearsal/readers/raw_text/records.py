"""The texts in files of raw text, one by one."""

import json
from itertools import chain
from typing import Any, Callable, Dict, Iterator, List, Optional, Union

from thinc.api import ConfigValidationError

from ...errors import config_error, list_names
from ...files import load_json
from .files import LOC, STDIN, Line, RawFile
from .lines import join_lines
from .tables import TEXT_KEYS, read_csv, read_parquet

SHOWN = 60  # characters


def read_records(
    file_: RawFile, *, text_key: Optional[str], text_per: str
) -> Iterator[Line]:
    """Read the texts of a file.

    file_ (RawFile): The file.
    text_key (Optional[str]): The key or column of the text. By default the first of
        `TEXT_KEYS` that is there.
    text_per (str): What of a .txt file is a text: a "line", a "paragraph" or the
        "file".
    YIELDS (Tuple[int, Union[str, ConfigValidationError]]): The number of the line, or
        of the record, from 1, and its text, or the error that says what is wrong.
    RAISES (ConfigValidationError): If the rest of the file can't be read.
    """
    read = READERS[file_.kind]
    line_no = 0
    try:
        for line_no, text in read(file_, text_key, text_per):
            yield line_no, text
    except ConfigValidationError:
        raise
    except Exception as err:  # what is damaged can raise anything
        problem = f"can't be read, the file is damaged ({type(err).__name__}: {err})"
        raise file_.error(line_no + 1, problem) from None


def read_txt(file_: RawFile, _: Optional[str], text_per: str) -> Iterator[Line]:
    return join_lines(file_.read_lines(), text_per)


def read_jsonl(file_: RawFile, text_key: Optional[str], _: str) -> Iterator[Line]:
    return parse_lines(file_, file_.read_lines(), text_key)


def read_stdin(
    file_: RawFile, text_key: Optional[str], text_per: str
) -> Iterator[Line]:
    """Read what comes in: JSONL if the first line is an object, or else plain text."""
    lines = file_.read_lines()
    seen: List[Line] = []
    for line_no, line in lines:
        seen.append((line_no, line))
        if isinstance(line, str) and not line.strip():
            continue
        if isinstance(line, str) and line.lstrip().startswith("{"):
            return parse_lines(file_, chain(seen, lines), text_key)
        break
    return join_lines(chain(seen, lines), text_per)


def parse_lines(
    file_: RawFile, lines: Iterator[Line], text_key: Optional[str]
) -> Iterator[Line]:
    """Read the text of each line of JSON."""
    for line_no, line in lines:
        if not isinstance(line, str):
            yield line_no, line
        elif line.strip():
            yield line_no, parse_record(file_, line_no, line, text_key)


def parse_record(
    file_: RawFile, line_no: int, line: str, text_key: Optional[str]
) -> Union[str, ConfigValidationError]:
    try:
        record = load_json(line)
    except ValueError as err:
        return file_.error(line_no, f"is not valid JSON ({err})")
    text = find_text(record, text_key)
    if text is not None:
        return text
    problem = (
        f"is no JSON object with {describe_text(text_key)}: {line.strip()[:SHOWN]}"
    )
    return file_.error(line_no, problem + advise(record))


def describe_text(text_key: Optional[str]) -> str:
    return f'a "{text_key or TEXT_KEYS[0]}"'


def advise(record: Any) -> str:
    """Say what texts a record has, and how to take another one."""
    if not isinstance(record, dict):
        return ""
    keys = [key for key, value in record.items() if isinstance(value, str)]
    if not keys:
        return ""
    found = list_names(f'"{key}"' for key in keys)
    return f". It has {found}: name the one with the text with --text-key, or text_key"


def find_text(record: Any, text_key: Optional[str]) -> Optional[str]:
    """Find the text of a record. None if it has none under the key, or a usual one."""
    if not isinstance(record, dict):
        return None
    found = map(record.get, TEXT_KEYS if text_key is None else (text_key,))
    return next((text for text in found if isinstance(text, str)), None)


def read_json(file_: RawFile, text_key: Optional[str], _: str) -> Iterator[Line]:
    """Read the texts of a JSON file: a list of texts or of objects, or an object with
    such a list."""
    lines = [line for _, line in file_.read_lines()]
    for line in lines:
        if not isinstance(line, str):
            raise line
    content = "".join(map(str, lines))
    if not content.strip():
        return
    try:
        value = load_json(content)
    except ValueError as err:
        advice = "If it has an object a line, name it .jsonl"
        problem = f"{file_.path}: is not valid JSON ({err}). {advice}"
        raise config_error(LOC, problem) from None
    lists = [value] if isinstance(value, list) else []
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list)]
    good = [found for found in lists if any(is_text(x, text_key) for x in found)]
    if len(good) != 1:
        first = lists[0][0] if len(lists) == 1 and lists[0] else value
        raise config_error(
            LOC,
            f"{file_.path}: expected one list of texts, or of objects with "
            f"{describe_text(text_key)}, found: {content[:SHOWN]}{advise(first)}",
        )
    for number, record in enumerate(good[0], start=1):
        text = record if isinstance(record, str) else find_text(record, text_key)
        if text is None:
            shown = json.dumps(record)[:SHOWN]
            problem = f"is neither a text nor has {describe_text(text_key)}: {shown}"
            yield number, file_.error(number, problem + advise(record))
        else:
            yield number, text


def is_text(record: Any, text_key: Optional[str]) -> bool:
    return isinstance(record, str) or find_text(record, text_key) is not None


Reader = Callable[[RawFile, Optional[str], str], Iterator[Line]]
READERS: Dict[str, Reader] = {
    ".jsonl": read_jsonl,
    ".txt": read_txt,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".parquet": read_parquet,
    STDIN: read_stdin,
}
