"""The formats by name, and which one a record is in."""

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Set

from ...errors import config_error
from .annotated import Annotated, shorten
from .base import Format, formats
from .records import find_annotated_files, read_records


def get_formats() -> Dict[str, Format]:
    """Get all formats: those of the modules of this package, and those that other
    packages or a user's code have registered.

    RETURNS (Dict[str, Format]): The formats by name, as they are listed.
    """
    package = import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__, f"{__package__}."):
        import_module(module.name)
    found = {name: create() for name, create in formats.get_all().items()}
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0])))


def read_annotated(path: Path, *, format: Optional[str] = None) -> Iterator[Annotated]:
    """Read annotated texts from a file, or from all files of a directory.

    path (Path): A .jsonl, .json or .py file, or a directory of such.
    format (Optional[str]): The name of a format. By default the first record of each
        file tells.
    YIELDS (Annotated): The texts, without those that the annotator has skipped.
    RAISES (ConfigValidationError): At the first record that can't be read, with file
        and line.
    """
    found = get_formats()
    for file_ in find_annotated_files(path):
        reader = found[format] if format else None
        tasks: Set[Any] = set()
        for line_no, record in read_records(file_):
            place = f"{file_}, line {line_no}"
            try:
                reader = reader or found[recognize_format(record, found)]
                annotated = reader.parse(record)
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
    if format is not None and format not in get_formats():
        raise config_error(
            ["format"], f"must be one of {', '.join(get_formats())}, found '{format}'"
        )


def recognize_format(record: Any, found: Optional[Dict[str, Format]] = None) -> str:
    """Tell which tool wrote a record.

    record (Any): The record.
    found (Optional[Dict[str, Format]]): The formats. By default all.
    RETURNS (str): The name of its format.
    RAISES (ValueError): If none of them writes such records.
    """
    if not isinstance(record, (list, tuple, dict)):
        raise ValueError(f"expected a list or an object, found: {shorten(record)}")
    found = found or get_formats()
    for name in sorted(found, key=lambda name: -found[name].priority):
        if found[name].recognizes(record):
            return name
    keys = set(record)
    if "paragraphs" in keys:
        raise ValueError("is in the format of spaCy 2: `spacy convert` reads it")
    if keys == {"text"}:
        raise ValueError("is raw text, without annotations")
    raise ValueError(
        f"no known format has the keys {', '.join(map(str, sorted(keys)))}. "
        f"Set format to one of: {', '.join(found)}"
    )
