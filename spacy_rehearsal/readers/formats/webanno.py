"""WebAnno TSV 3, which INCEpTION exports: a sentence a record."""

import re
from typing import Any, Dict, Iterator, List, Tuple

WEBANNO = re.compile(r"\ufeff?#FORMAT=WebAnno TSV 3")
TEXT = "#Text="
LAYER = "#T_SP="
ENTITIES = "NamedEntity"
VALUES = ("value", "label")
ROW = re.compile(r"[0-9]+-[0-9.]+\t[0-9]{1,9}-[0-9]{1,9}\t")
VALUE = re.compile(r"(.*?)(?:\[(\d+)\])?", re.DOTALL)
Place = Tuple[int, int]


def read_webanno(lines: List[str]) -> Iterator[Tuple[str, Any]]:
    """Read the named entities, or the first layer of spans if there are none.

    lines (List[str]): The lines of the file.
    YIELDS (Tuple[str, Any]): Line, and a sentence with its entities. Offsets are those
        of the sentence.
    """
    column = 3 + find_column(lines)
    text, begin = "", 0
    rows: List[List[str]] = []
    for line_no, line in enumerate([*lines, TEXT], start=1):
        line = line.rstrip("\r\n")
        if line.startswith(TEXT):
            if rows:
                yield f"line {begin}", make_record(text, rows, column)
            elif text and line_no > begin + 1:
                yield f"line {begin}", {"text": text, "entities": []}
            text, begin, rows = unescape(line[len(TEXT) :]), line_no, []
        elif ROW.match(line):
            rows.append(line.split("\t"))


def find_column(lines: List[str]) -> int:
    """Find the column of the labels, among those behind the words."""
    position, first, is_first = 0, 0, True
    for line in lines:
        if not line.startswith("#T_"):
            continue
        name, *features = line.strip().partition("=")[2].split("|")
        best = [features.index(value) for value in VALUES if value in features]
        here = position + (best[0] if best else 0)
        if line.startswith(LAYER) and name.endswith(ENTITIES):
            return here
        if line.startswith(LAYER) and is_first:
            first, is_first = here, False
        position += max(1, len(features))
    return first


def make_record(text: str, rows: List[List[str]], column: int) -> Dict[str, Any]:
    offset = int(rows[0][1].split("-")[0])
    entities: List[Dict[str, Any]] = []
    open_ones: Dict[str, Dict[str, Any]] = {}
    for row in rows:
        cell = row[column] if len(row) > column else "_"
        start, end = (int(place) - offset for place in row[1].split("-"))
        for value in cell.split("|") if cell != "_" else ():
            label, number = VALUE.fullmatch(value).groups()  # type: ignore[union-attr]
            if number in open_ones:
                open_ones[number]["end"] = end
                continue
            label = None if label == "*" else unescape(label)
            entities.append({"start": start, "end": end, "label": label})
            if number:
                open_ones[number] = entities[-1]
    return {"text": text, "entities": entities}


def unescape(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)
