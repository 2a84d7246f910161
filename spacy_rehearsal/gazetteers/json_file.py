"""A table of names from one JSON value."""

import json
import re
from pathlib import Path
from typing import Any, Callable, Iterator

from ..errors import config_error
from ..files import decode_lines, ignore_progress
from .entries import Row

WIKIDATA_ID = re.compile(r"Q[1-9]\d*")


def read_json(
    path: Path, *, progress: Callable[[int], object] = ignore_progress
) -> Iterator[Row]:
    """Read the entries of a JSON file: a list of names or entries, or an object with
    the label of each name, the names of each label or of each ID of Wikidata, or the
    entry of each name.

    path (Path): The file.
    progress (Callable[[int], object]): Called with the number of bytes of each line.
    YIELDS (Tuple[int, Any]): Number, from 1, and entry.
    RAISES (ConfigValidationError): If it is not valid JSON, or something else.
    """
    content = "".join(
        line for _, line in decode_lines(["path"], path, progress=progress)
    )
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as err:
        raise config_error(
            ["path"],
            f"{path}: is not valid JSON ({err}). If it has an entry a line, name it "
            ".jsonl",
        ) from None
    yield from enumerate(find_entries(path, value, content), start=1)


def find_entries(path: Path, value: Any, content: str) -> Iterator[Any]:
    if isinstance(value, list):
        yield from ({"name": x} if isinstance(x, str) else x for x in value)
        return
    if not isinstance(value, dict):
        raise config_error(
            ["path"], f"{path}: expected a list of names, found: {content[:60]}"
        )
    if "head" in value and "results" in value:
        raise config_error(
            ["path"],
            f"{path}: is a result of SPARQL. Download it as CSV, and say which column "
            "has the names (-c name=itemLabel; columns in a config)",
        )
    for key, inner in value.items():
        if WIKIDATA_ID.fullmatch(key) and isinstance(inner, (str, list)):
            name, *aliases = [inner] if isinstance(inner, str) else [*inner, ""]
            aliases = [alias for alias in aliases if alias]
            yield {"name": name, "id": key, **({"aliases": aliases} if aliases else {})}
        elif isinstance(inner, str):
            yield {"name": key, "label": inner}
        elif isinstance(inner, list):
            for name in inner:
                yield {"name": name, "label": key} if isinstance(name, str) else name
        elif isinstance(inner, dict):
            yield {"name": key, **inner}
        else:
            yield {"name": key} if inner is None else {key: inner}
