"""The records of a JSON or JSONL file."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Iterator, List, Tuple

from ...errors import config_error
from ...files import decode_lines

MAX_DEPTH = 4  # of objects around a list of records


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


def read_json(
    path: Path, is_record: Callable[[Any], bool]
) -> Iterator[Tuple[str, Any]]:
    """Read the records of a file: the elements of one list, or of a list in an object,
    whatever its key; one record; or one a line.

    path (Path): The file.
    is_record (Callable[[Any], bool]): Tells whether a value is a record.
    YIELDS (Tuple[str, Any]): Line, or number of the record, and record.
    RAISES (ConfigValidationError): If it is not valid JSON.
    """
    content = "".join(line for _, line in decode_lines(["path"], path))
    try:
        top = json.loads(content)
    except ValueError as err:
        if not is_json(content.lstrip().partition("\n")[0]):
            raise json_error(path, getattr(err, "lineno", 1), err) from None
        yield from read_json_lines(path)
        return
    except RecursionError:
        raise config_error(["path"], f"{path}: is nested too deeply") from None
    if isinstance(top, list) and not is_record(top):
        yield from read_json_list(content)
        return
    found = [] if is_record(top) else [*find_lists(top, is_record)]
    if not found and top:
        yield "line 1", top
    for name, records in found:
        of = f' of "{name}"' if len(found) > 1 else ""
        for i, record in enumerate(records, start=1):
            if record is not None:
                yield f"record {i}{of}", record


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
        if isinstance(inner, list) and any(map(is_record, inner)):
            yield str(key), inner
        yield from find_lists(inner, is_record, depth=depth - 1)


def is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def json_error(path: Path, line_no: int, err: ValueError) -> Exception:
    advice = ". If the file is one JSON list, name it .json"
    advice = "" if path.suffix == ".json" else advice
    return config_error(
        ["path"], f"{path}, line {line_no}: is not valid JSON ({err}){advice}"
    )


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
