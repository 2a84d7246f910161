"""The annotations of brat: a .ann file beside each .txt file."""

import re
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

from ...errors import config_error
from ...files import decode_lines

SPAN = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")
UNREAD = {
    "R": "relations",
    "E": "events",
    "A": "attributes",
    "M": "attributes",
    "N": "normalizations",
    "*": "equivalences",
}


def read_standoff(path: Path) -> Iterator[Tuple[str, Any]]:
    """Read the entities of a text.

    path (Path): The .ann file. The text is in the .txt file of the same name.
    YIELDS (Tuple[str, Any]): Where it is, and one record with the text, its entities
        and what else there is.
    RAISES (ConfigValidationError): If there is no text, or a line is no annotation.
    """
    beside = path.with_suffix(".txt")
    if not beside.is_file():
        raise config_error(["path"], f"{path}: there is no {beside.name} beside it")
    text = "".join(line for _, line in decode_lines(["path"], beside))
    entities: List[Dict[str, Any]] = []
    unread: Counter[str] = Counter()
    for line_no, line in decode_lines(["path"], path):
        kind = line[:1]
        if kind in UNREAD:
            unread[UNREAD[kind]] += 1
        elif kind == "T":
            entities.append(read_entity(path, line_no, line.rstrip("\r\n")))
    yield "line 1", {"text": text, "entities": entities, **unread}


def read_entity(path: Path, line_no: int, line: str) -> Dict[str, Any]:
    _, span, surface = [*line.split("\t", 2), "", ""][:3]
    match = SPAN.fullmatch(span)
    if match is None:
        raise config_error(
            ["path"],
            f"{path}, line {line_no}: expected T1, label and offsets, and the text, "
            f"with tabs between, found: {line}",
        )
    label, places = match[1], match[2]
    if ";" in places:
        return {"label": label, "parts": places, "text": surface}
    start, end = map(int, places.split())
    return {"start": start, "end": end, "label": label, "text": surface}
