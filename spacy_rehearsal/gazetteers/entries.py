"""What an entry of a table of names looks like."""

from typing import Any, Dict, Tuple

Entry = Dict[str, Any]
Row = Tuple[int, Entry]  # with the line number, from 1
ENTRY_KEYS = {"name": str, "aliases": list, "id": str, "label": str, "attrs": dict}


def check_entry(entry: Any) -> None:
    """Check an entry of a gazetteer.

    entry (Any): The entry.
    RAISES (ValueError): If it has no name, an unknown key or a value of the wrong
        type.
    """
    if not isinstance(entry, dict):
        raise ValueError(f"expected a name or an object with a name, found {entry!r}")
    for key, value in entry.items():
        expected = ENTRY_KEYS.get(key)
        if expected is None:
            raise ValueError(
                f"unknown key '{key}' in {entry}, expected: {', '.join(ENTRY_KEYS)}; "
                "whatever else there is goes into 'attrs'"
            )
        if not isinstance(value, expected):
            raise ValueError(f"'{key}' must be a {expected.__name__}, found {value!r}")
        if expected is str and not value.strip():
            raise ValueError(f"'{key}' must be a text that is not empty, found {entry}")
    if "name" not in entry:
        raise ValueError(f"'name' is missing, found {entry}")
    if "aliases" in entry:
        for alias in entry["aliases"]:
            if not isinstance(alias, str) or not alias.strip():
                msg = f"an alias must be a text that is not empty, found {entry}"
                raise ValueError(msg)
