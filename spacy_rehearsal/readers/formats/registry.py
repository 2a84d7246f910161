"""The formats by name, and which one a record is in."""

from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Optional, Set

from ...errors import config_error
from .annotated import Annotated, shorten
from .dataturks import parse_dataturks
from .doccano import DOCCANO_KEYS, parse_doccano
from .label_studio import parse_label_studio
from .prodigy import PRODIGY_KEYS, parse_prodigy
from .records import find_annotated_files, read_records
from .simple import parse_simple

FORMATS: Dict[str, Callable[[Any], Optional[Annotated]]] = {
    "simple": parse_simple,
    "prodigy": parse_prodigy,
    "doccano": parse_doccano,
    "label_studio": parse_label_studio,
    "dataturks": parse_dataturks,
}


def read_annotated(path: Path, *, format: Optional[str] = None) -> Iterator[Annotated]:
    """Read annotated texts from a file, or from all files of a directory.

    path (Path): A .jsonl, .json or .py file, or a directory of such.
    format (Optional[str]): One of FORMATS. By default the first record of each file
        tells.
    YIELDS (Annotated): The texts, without those that the annotator has skipped.
    RAISES (ConfigValidationError): At the first record that can't be read, with file
        and line.
    """
    for file_ in find_annotated_files(path):
        parse = FORMATS[format] if format else None
        tasks: Set[Any] = set()
        for line_no, record in read_records(file_):
            place = f"{file_}, line {line_no}"
            try:
                parse = parse or FORMATS[recognize_format(record)]
                annotated = parse(record)
            except ValueError as err:
                raise config_error(["path"], f"{place}: {err}") from None
            except (AttributeError, KeyError, TypeError) as err:
                raise config_error(
                    ["path"],
                    f"{place}: a record of another form than expected ({err!r}): "
                    f"{shorten(record)}",
                ) from None
            if annotated is None or annotated.task in tasks:
                continue
            if annotated.task is not None:
                tasks.add(annotated.task)
            annotated.place = place
            if annotated.entities is not None:  # tools store what is marked twice twice
                annotated.entities = list(dict.fromkeys(annotated.entities))
            yield annotated


def check_format(format: Optional[str]) -> None:
    """Check the name of a format.

    format (Optional[str]): The name, or None to recognize it.
    RAISES (ConfigValidationError): If there is no such format.
    """
    if format is not None and format not in FORMATS:
        raise config_error(
            ["format"], f"must be one of {', '.join(FORMATS)}, found '{format}'"
        )


def recognize_format(record: Any) -> str:
    """Tell which tool wrote a record.

    record (Any): The record.
    RETURNS (str): One of FORMATS.
    RAISES (ValueError): If none of them writes such records.
    """
    if isinstance(record, (list, tuple)):
        return "simple"
    if not isinstance(record, dict):
        raise ValueError(f"expected a list or an object, found: {shorten(record)}")
    keys = set(record)
    if {"content", "annotation"} <= keys:
        return "dataturks"
    if "annotation_id" in keys or (
        "data" in keys and keys & {"annotations", "completions"}
    ):
        return "label_studio"
    if "text" in keys and "entities" not in keys and keys & PRODIGY_KEYS:
        return "prodigy"
    if keys & {"text", "data"} and keys & set(DOCCANO_KEYS):
        return "doccano"
    if "paragraphs" in keys:
        raise ValueError("is in the format of spaCy 2: `spacy convert` reads it")
    if keys == {"text"}:
        raise ValueError("is raw text, without annotations")
    raise ValueError(
        f"no known format has the keys {', '.join(map(str, sorted(keys)))}. "
        f"Set format to one of: {', '.join(FORMATS)}"
    )
