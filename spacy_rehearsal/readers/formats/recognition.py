"""The formats by name, and which one a record is in."""

import pkgutil
from importlib import import_module
from typing import Any, Dict, Optional

from .annotated import shorten
from .base import Format, formats


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


def find_format(record: Any, found: Dict[str, Format]) -> Optional[str]:
    """Find the format that reads a record. None if there is none."""
    for name in sorted(found, key=lambda name: -found[name].priority):
        if found[name].recognizes(record):
            return name
    return None


def is_annotated(value: Any, found: Dict[str, Format]) -> bool:
    """Tell whether a value is a record of its own: one with annotations, not a list of
    such, nor of texts, names or patterns.

    value (Any): A value of a file.
    found (Dict[str, Format]): The formats.
    RETURNS (bool): Whether it is.
    """
    if isinstance(value, dict):
        return find_format(value, found) is not None
    if not isinstance(value, (list, tuple)):
        return False
    name = find_format(value, found)
    return name is not None and found[name].is_sure(value)


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
    name = find_format(record, found)
    if name is not None:
        return name
    keys = set(record)
    if "paragraphs" in keys:
        raise ValueError("is in the format of spaCy 2: `spacy convert` reads it")
    if keys == {"text"}:
        raise ValueError("is raw text, without annotations")
    raise ValueError(
        f"no known format has the keys {', '.join(map(str, sorted(keys, key=str)))}. "
        f"Set format to one of: {', '.join(found)}"
    )
