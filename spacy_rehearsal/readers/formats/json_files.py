"""The records of a JSON or JSONL file."""

import ast
import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from ...errors import config_error
from ...files import decode_lines

NEWLINE = "\n"
MAX_DEPTH = 4  # of objects around a list of records
# a string, or a comma behind the last element
LAST_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[\]}])')


def read_json_lines(path: Path) -> Iterator[Tuple[str, Any]]:
    """Read a record a line.

    path (Path): The file.
    YIELDS (Tuple[str, Any]): Line and record.
    RAISES (ConfigValidationError): At the first line that is not valid JSON.
    """
    for line_no, line in decode_lines(["path"], path):
        line = line.strip()
        if line:
            try:
                yield f"line {line_no}", json.loads(line)
            except ValueError as err:
                raise json_error(path, line_no, err) from None


def read_jsonl(
    path: Path, is_record: Callable[[Any], bool]
) -> Iterator[Tuple[str, Any]]:
    """Read a record a line, or what has the ending of such a file and is something else
    that `read_json` reads. See there."""
    lines = (line for _, line in decode_lines(["path"], path) if line.strip())
    first, second = [*islice(lines, 2), "", ""][:2]
    if first and not is_line(first, is_record, is_alone=not second):
        return read_json(path, is_record)
    return read_json_lines(path)


def read_json(
    path: Path, is_record: Callable[[Any], bool]
) -> Iterator[Tuple[str, Any]]:
    """Read the records of a file: the elements of one list, or of a list in an object,
    whatever its key; one record; one a line; or one after the other. A comma behind the
    last one is overlooked, and a literal of Python read as well.

    path (Path): The file.
    is_record (Callable[[Any], bool]): Tells whether a value is a record.
    YIELDS (Tuple[str, Any]): Line, or number of the record, and record.
    RAISES (ConfigValidationError): If it is not valid JSON.
    """
    content = "".join(line for _, line in decode_lines(["path"], path))
    try:
        top = json.loads(content)
    except ValueError as err:
        if is_line(content.lstrip().partition("\n")[0], is_record):
            yield from read_json_lines(path)
            return
        content = LAST_COMMA.sub(lambda match: match[1] or "", content)
        values = split_values(content)
        if values is None:
            raise json_error(path, getattr(err, "lineno", 1), err) from None
        if len(values) > 1:
            for where, value in values:
                is_list = isinstance(value, list) and not is_record(value)
                yield from ((where, v) for v in (value if is_list else [value]))
            return
        [(_, top)] = values
    except RecursionError:
        raise config_error(["path"], f"{path}: is nested too deeply") from None
    if isinstance(top, list) and not is_record(top):
        numbered = ((f"record {i}", value) for i, value in enumerate(top, start=1))
        for where, value in read_json_list(content) if is_json(content) else numbered:
            lists = [] if is_record(value) else [*find_lists(value, is_record)]
            for _, records in lists or [("", [value])]:
                yield from ((where, record) for record in records if record is not None)
        return
    found = [] if is_record(top) else [*find_lists(top, is_record)]
    found = found or [
        ("", rows) for rows in [transpose(top)] if any(map(is_record, rows))
    ]
    if not found and top:
        yield "line 1", top
    for name, records in found:
        of = f' of "{name}"' if len(found) > 1 else ""
        for i, record in enumerate(records, start=1):
            if record is not None:
                yield f"record {i}{of}", record


def split_values(content: str) -> Optional[List[Tuple[str, Any]]]:
    """Read values that follow each other, with or without commas between them, or one
    literal of Python. None if it is neither."""
    decoder = json.JSONDecoder()
    values: List[Tuple[str, Any]] = []
    i = 0
    try:
        while True:
            i += len(content[i:]) - len(content[i:].lstrip(", \t\r\n"))
            if i == len(content):
                return values or None
            value, end = decoder.raw_decode(content, i)
            values.append((f"line {content.count(NEWLINE, 0, i) + 1}", value))
            i = end
    except (ValueError, RecursionError):
        pass
    try:
        return [("line 1", ast.literal_eval(content.strip()))]
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def transpose(table: Any) -> List[Dict[str, Any]]:
    """Make rows of columns, as pandas writes them. Empty if they are none."""
    columns = [*table.values()] if isinstance(table, dict) else []
    lists = [[*c.values()] if isinstance(c, dict) else c for c in columns]
    if not lists or not all(isinstance(column, list) for column in lists):
        return []
    is_even = len({len(column) for column in lists}) == 1
    return [dict(zip(table, row)) for row in zip(*lists)] if is_even else []


def find_lists(
    value: Any, is_record: Callable[[Any], bool], *, depth: int = MAX_DEPTH
) -> Iterator[Tuple[str, List[Any]]]:
    """Find the lists of records in an object, by their keys. An object that has records
    under their IDs is one as well."""
    values = [*value.values()] if isinstance(value, dict) else []
    if values and depth == MAX_DEPTH and all(map(is_record, values)):
        yield "", values
        return
    for key, inner in value.items() if isinstance(value, dict) and depth else ():
        if isinstance(inner, list):
            # Hugging Face shows rows in objects of their own
            rows = [(isinstance(x, dict) and x.get("row")) or x for x in inner]
            if any(map(is_record, rows)):
                yield str(key), rows
        yield from find_lists(inner, is_record, depth=depth - 1)


def is_line(
    line: str, is_record: Callable[[Any], bool], *, is_alone: bool = False
) -> bool:
    """Tell whether a line is a record, or at least not a list of records, nor, if it is
    alone, an object around them."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if is_record(value):
        return True
    if isinstance(value, dict):
        return not is_alone or isinstance(value.get("text"), str)
    is_list = isinstance(value, list)
    return not (is_list and any(isinstance(x, dict) or is_record(x) for x in value))


def is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def json_error(path: Path, line_no: int, err: ValueError) -> Exception:
    head = path.open("rb").read(40)
    if head.startswith(b"version https://git-lfs"):
        problem = "is a pointer of Git LFS, not the file: `git lfs pull` fetches it"
    else:
        problem = f"is not valid JSON ({err})"
    return config_error(["path"], f"{path}, line {line_no}: {problem}")


def read_json_list(content: str) -> Iterator[Tuple[str, Any]]:
    """Read the elements of a list that is valid JSON, with the lines that they start
    in, and their numbers if several are in a line."""
    decoder = json.JSONDecoder()
    found: List[Tuple[int, Any]] = []
    line_no, counted = 1, 0
    i = content.index("[") + 1
    while True:
        while content[i] in ", \t\r\n":
            i += 1
        if content[i] == "]":
            break
        line_no += content.count("\n", counted, i)
        counted = i
        record, i = decoder.raw_decode(content, i)
        found.append((line_no, record))
    most = max(Counter(line for line, _ in found).values(), default=0)
    for number, (line, record) in enumerate(found, start=1):
        if record is not None:
            yield f"line {line}" + f", record {number}" * (most > 1), record
