"""The records of a file, whatever kind of file it is."""

import ast
import codecs
import json
import os
from pathlib import Path
from typing import Any, Callable, Iterator, List, Tuple

from spacy import util

from ...errors import config_error
from ...files import (
    ANNOTATION_TYPES,
    TABLE_TYPES,
    decode_lines,
    find_files,
    line_error,
)
from .json_files import is_json, read_json, read_jsonl
from .python_files import read_python
from .standoff import read_standoff
from .tables import read_table
from .tally import Tally

STANDOFF = ".ann"
# of a directory, files of the first kind that it has are read
LINE_TYPES = (".ndjson", ".jsonlines")
KINDS = ((*ANNOTATION_TYPES, *LINE_TYPES), (STANDOFF,), TABLE_TYPES)
FILE_TYPES = (*KINDS[0], STANDOFF, *TABLE_TYPES, ".txt")
# what to do with files that are not read
RASA = "`rasa data convert nlu -f json` makes a .json file of what Rasa trains with"
SHEET = "Save the sheet as CSV"
XML = "Export CoNLL, WebAnno TSV or JSON from the tool instead"
PACKED = "Unpack it"
PANDAS = (
    'pandas.read_parquet(FILE).to_json("train.jsonl", orient="records", lines=True) '
    "writes what is read"
)
ADVICE = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), SHEET),
    **dict.fromkeys((".md", ".yml", ".yaml"), RASA),
    **dict.fromkeys((".xml", ".xmi"), XML),
    **dict.fromkeys((".zip", ".gz", ".tgz", ".bz2"), PACKED),
    ".parquet": PANDAS,
    ".ipynb": "`jupyter nbconvert --to script` makes a .py file of it",
}
PICKLES = (".pkl", ".pickle", ".p")


def find_annotated_files(path: Path) -> List[Path]:
    """Find the files that `read_annotated` reads.

    path (Path): A file or directory.
    RETURNS (List[Path]): The files, sorted.
    RAISES (ConfigValidationError): If there is none.
    """
    if not os.path.exists(path):
        raise config_error(["path"], f"there is no file or directory '{path}'")
    if path.is_dir():
        found = [[f for t in types for f in find_files(path, t)] for types in KINDS]
        files, *others = [files for files in found if files] or [[]]
        for other in others:
            util.logger.warning(
                "%s is not read, only %s files", other[0], files[0].suffix
            )
    else:
        files = [path] if path.suffix.lower() in FILE_TYPES else []
    if path.suffix.lower() in PICKLES:
        raise config_error(
            ["path"],
            f"'{path}' is a pickle, which can hold code and is never loaded. If you "
            "know who made it, turn it into JSONL with three lines of Python:\n"
            "  import pickle, srsly\n"
            f'  records = pickle.load(open("{path.name}", "rb"))\n'
            f'  srsly.write_jsonl("{path.stem}.jsonl", records)',
        )
    if not files:
        raise config_error(
            ["path"],
            f"'{path}' is no {', '.join(FILE_TYPES)} file, nor a directory of such. "
            + ADVICE.get(
                path.suffix.lower(),
                "`spacy convert` reads .conllu files, and spacy.Corpus.v1 what it "
                "writes",
            )
            + ".",
        )
    return sorted(set(files))


def read_records(
    path: Path, is_record: Callable[[Any], bool], tally: Tally
) -> Iterator[Tuple[str, Any]]:
    """Read the records of a file.

    path (Path): The file: JSON, JSONL, Python, a table, an .ann file of brat, or a text
        file with one of the first four in it.
    is_record (Callable[[Any], bool]): Tells whether a value is a record.
    tally (Tally): Takes notes of what is not read.
    RETURNS (Iterator[Tuple[str, Any]]): Line, or number of the record, and record.
    RAISES (ConfigValidationError): While they are taken, if one can't be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".py":
        return read_python(path, is_record, tally)
    if suffix == ".json":
        return read_json(path, is_record)
    if suffix == STANDOFF:
        return read_standoff(path)
    if suffix in TABLE_TYPES or suffix == ".txt":
        return read_text(path, is_record, tally)
    return read_jsonl(path, is_record)


def read_text(
    path: Path, is_record: Callable[[Any], bool], tally: Tally
) -> Iterator[Tuple[str, Any]]:
    """Read a table, or a text file with JSON, Python or a table in it."""
    lines = decode_table(path, tally)
    first = next((line.strip() for line in lines if line.strip()), "")
    if path.suffix.lower() == ".txt":
        if path.with_suffix(STANDOFF).is_file():
            return read_standoff(path.with_suffix(STANDOFF))
        if first[:1] in ("[", "{") and (is_json(first) or is_json("".join(lines))):
            return read_json(path, is_record)
        if is_python("".join(lines)):
            return read_python(path, is_record, tally)
        if first[:1] in ("[", "(", "{"):
            return read_literals(path, lines)
    return read_table(path, lines)


def decode_table(path: Path, tally: Tally) -> List[str]:
    """Read the lines of a text file. Tables that are not UTF-8 are read as what Excel
    writes on Windows, and a note says so.

    RAISES (ConfigValidationError): If it is neither.
    """
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode"
        return data.decode("utf16", errors="replace").splitlines(keepends=True)
    data = data if path.suffix.lower() in TABLE_TYPES else b""
    try:
        data.decode("utf8")
    except UnicodeDecodeError:
        try:
            content = data.decode("cp1252")
        except UnicodeDecodeError:
            pass
        else:
            tally.notes.append(f"{path}: is not UTF-8, and read as Windows-1252")
            return content.splitlines(keepends=True)
    return [line for _, line in decode_lines(["path"], path)]


def read_literals(path: Path, lines: List[str]) -> Iterator[Tuple[str, Any]]:
    """Read a record a line, each a literal of Python or JSON.

    RAISES (ConfigValidationError): At the first line that is neither.
    """
    for line_no, line in enumerate(lines, start=1):
        content = line.strip().rstrip(",")
        if content in ("", "[", "]"):
            continue
        for parse in (json.loads, ast.literal_eval):
            try:
                record = parse(content)
                break
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
        else:
            raise line_error(
                ["path"],
                path,
                line_no,
                f"is neither JSON nor a list or tuple of Python: {content[:60]}",
            )
        yield f"line {line_no}", record


def is_python(content: str) -> bool:
    """Tell whether a text is made of lists and tuples of Python."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    kinds = (ast.List, ast.Tuple, ast.Dict)
    return any(
        isinstance(inner, kinds) for node in tree.body for inner in ast.walk(node)
    )
