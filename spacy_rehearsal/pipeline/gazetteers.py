from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Union

import srsly

from ..errors import config_error

Entry = Dict[str, Any]
ENTRY_KEYS = {"name": str, "aliases": list, "id": str, "label": str}


def create_jsonl_gazetteer(path: Path) -> "Gazetteer":
    """Load a gazetteer from a JSONL file.

    path (Path): The file, one entry a line: `name` and optionally `aliases` (a list
        of other names), `id` (in a knowledge base) and `label` (the specific label).
    RETURNS (Gazetteer): The gazetteer.
    RAISES (ConfigValidationError): If the file is missing, or at the first line that
        is no such entry, with file and line.
    """
    path = Path(path)
    if not path.is_file():
        raise config_error(["path"], f"there is no file '{path}'")
    gazetteer = Gazetteer()
    with path.open(encoding="utf8") as lines:
        for line_no, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                gazetteer.add([srsly.json_loads(line)])
            except ValueError as err:
                msg = f"{path}, line {line_no}: {err}"
                raise config_error(["path"], msg) from None
    return gazetteer


class Gazetteer:
    """A table of names, looked up without regard to case and white space.

    entries (Iterable[Union[str, Dict[str, Any]]]): Names, or dicts with `name` and
        optionally `aliases`, `id` and `label`.
    RAISES (ValueError): If an entry has no name, an unknown key or a value of the
        wrong type.
    """

    def __init__(self, entries: Iterable[Union[str, Entry]] = ()) -> None:
        self.entries: List[Entry] = []
        self._by_name: Dict[str, List[Entry]] = {}
        self.add(entries)

    def __len__(self) -> int:
        """The number of entries."""
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the entries, in the order they were added."""
        return iter(self.entries)

    def add(self, entries: Iterable[Union[str, Entry]]) -> None:
        """Add entries.

        entries (Iterable[Union[str, Dict[str, Any]]]): Names or dicts.
        RAISES (ValueError): If an entry is not valid.
        """
        for entry in entries:
            if isinstance(entry, str):
                entry = {"name": entry}
            check_entry(entry)
            self.entries.append(entry)
            for name in [entry["name"], *entry.get("aliases", [])]:
                self._by_name.setdefault(normalize(name), []).append(entry)

    def get(self, name: str) -> Optional[Entry]:
        """Look up a name or alias.

        name (str): The name, e.g. the text of an entity.
        RETURNS (Optional[Dict[str, Any]]): The entry that was added first, or None.
        """
        entries = self._by_name.get(normalize(name))
        return entries[0] if entries else None


def normalize(name: str) -> str:
    """Fold the case of a name, and its white space to single spaces."""
    return " ".join(name.casefold().split())


def check_entry(entry: Any) -> None:
    if not isinstance(entry, dict):
        raise ValueError(f"expected a name or an object with a name, found {entry!r}")
    for key, value in entry.items():
        if key not in ENTRY_KEYS:
            raise ValueError(
                f"unknown key '{key}' in {entry}, expected: {', '.join(ENTRY_KEYS)}"
            )
        if not isinstance(value, ENTRY_KEYS[key]):
            expected = ENTRY_KEYS[key].__name__
            raise ValueError(f"'{key}' must be a {expected}, found {value!r}")
    names = [entry.get("name", ""), *entry.get("aliases", [])]
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"a name must be a text that is not empty, found {entry}")
