"""A table of names in memory."""

import zlib
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Set, Union

import srsly

from ..binaries import decompress, unpack
from ..errors import config_error
from ..files import digest, line_error, read_jsonl
from .base import BaseGazetteer, read_cfg
from .entries import Entry, Row, check_entry
from .names import MIN_FUZZY_LENGTH, Folding, make_half_keys

MIN_INDEX = 2**20  # bytes
INDEX_VERSION = b"1"  # of the index and of how names are normalized


def create_jsonl_gazetteer(
    path: Path,
    fold_case: bool = True,
    fold_accents: bool = False,
    trim: bool = False,
    fuzzy: bool = False,
) -> "Gazetteer":
    """Load a gazetteer from a JSONL file.

    path (Path): The file, one entry a line: `name` and optionally `aliases` (a list
        of other names), `id` (in a knowledge base), `label` (the specific label) and
        `attrs` (a dict of anything else).
    fold_case, fold_accents, trim, fuzzy (bool): Which differences between names to look
        over; see `Folding`.
    RETURNS (Gazetteer): The gazetteer.
    RAISES (ConfigValidationError): If the file is missing, or at the first line that
        is no such entry, with file and line.
    """
    folding = Folding(fold_case, fold_accents, trim, fuzzy)
    return read_gazetteer(path, read_jsonl(["path"], Path(path)), folding)


class Gazetteer(BaseGazetteer):
    """A gazetteer in memory.

    The entries are kept in dicts of strings and numbers, those that are more than a
    name as JSON: Python's garbage collector does not look into such dicts, while it
    would walk through a million dicts again and again.

    entries (Iterable[Union[str, Dict[str, Any]]]): Names, or dicts with `name` and
        optionally `aliases`, `id`, `label` and `attrs`.
    folding (Folding): How names are compared.
    RAISES (ValueError): If an entry has no name, an unknown key, a value of the
        wrong type or an id that another one has.
    """

    kind = "jsonl"

    def __init__(
        self,
        entries: Iterable[Union[str, Entry]] = (),
        folding: Folding = Folding(),
    ) -> None:
        self.folding = folding
        self.labels: Set[str] = set()
        self._names: Dict[int, str] = {}
        self._records: Dict[int, str] = {}
        self._ids: Optional[Dict[str, int]] = {}
        self._by_name: Dict[str, int] = {}
        # most names have one entry; these are the others
        self._homonyms: Dict[str, List[int]] = {}
        self._by_half: Optional[Dict[str, str]] = None
        self.add(entries)

    def __len__(self) -> int:
        return len(self._names) + len(self._records)

    def __iter__(self) -> Iterator[Entry]:
        return map(self._get_entry, range(len(self)))

    def _get_entry(self, number: int) -> Entry:
        name = self._names.get(number)
        if name is not None:
            return {"name": name}
        return srsly.json_loads(self._records[number])

    def add(self, entries: Iterable[Union[str, Entry]]) -> None:
        """Add entries.

        entries (Iterable[Union[str, Dict[str, Any]]]): Names or dicts.
        RAISES (ValueError): If an entry is not valid. Those before it are added.
        """
        for entry in entries:
            self.add_entry(entry)

    def add_entry(self, entry: Union[str, Entry]) -> None:
        """Add an entry.

        entry (Union[str, Dict[str, Any]]): A name or dict.
        RAISES (ValueError): If it is not valid.
        """
        number = len(self._names) + len(self._records)
        if not isinstance(entry, str):
            check_entry(entry)
            self._add_record(entry, number)
            name = entry["name"]
        elif entry.strip():
            self._names[number] = name = entry
        else:
            raise ValueError(
                f"a name must be a text that is not empty, found {entry!r}"
            )
        self._by_half = None
        self._file(name, number)

    def _add_record(self, entry: Entry, number: int) -> None:
        if "id" in entry:
            if self._ids is None:
                self._ids = {e["id"]: i for i, e in enumerate(self) if "id" in e}
            if self._ids.setdefault(entry["id"], number) != number:
                raise ValueError(f"the id '{entry['id']}' is used twice")
        if "label" in entry:
            self.labels.add(entry["label"])
        self._records[number] = srsly.json_dumps(entry)
        for alias in entry.get("aliases", ()):
            self._file(alias, number)

    def _file(self, name: str, number: int) -> None:
        key = self.folding.normalize(name)
        if self._by_name.setdefault(key, number) != number:
            homonyms = self._homonyms.setdefault(key, [])
            if not homonyms or homonyms[-1] != number:
                homonyms.append(number)

    def sort_homonyms(self, key: Callable[[str, Entry], Any]) -> None:
        """Put the entries that share a name into another order than that in which
        they were added.

        key (Callable[[str, Dict[str, Any]], Any]): Gives what to sort by, of the
            normalized name and the entry.
        """
        for name, others in self._homonyms.items():
            numbers = [self._by_name[name], *others]
            numbers.sort(key=lambda number: key(name, self._get_entry(number)))
            self._by_name[name], *others[:] = numbers

    def _find(self, key: str) -> List[Entry]:
        number = self._by_name.get(key)
        if number is None:
            return []
        numbers = [number, *self._homonyms.get(key, ())]
        return [self._get_entry(number) for number in numbers]

    def _find_halves(self, keys: List[str]) -> Iterable[str]:
        if self._by_half is None:
            self._by_half = {}
            for name in self._by_name:
                if len(name) >= MIN_FUZZY_LENGTH:
                    for key in make_half_keys(name):
                        names = self._by_half.get(key)
                        self._by_half[key] = f"{names}\n{name}" if names else name
        found = (self._by_half.get(key) for key in keys)
        return (name for names in found if names for name in names.split("\n"))

    def to_bytes(self) -> bytes:
        """Serialize the entries and settings.

        RETURNS (bytes): The serialized gazetteer.
        """
        return srsly.msgpack_dumps(self._to_files())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Gazetteer":
        """Load a gazetteer.

        data (bytes): What `to_bytes` gave.
        RETURNS (Gazetteer): The gazetteer.
        """
        files = unpack(data)
        table = cls(folding=Folding(**srsly.json_loads(files["cfg"])))
        if not table._set_index(files["entries.jsonl"], files["index"]):
            lines = files["entries.jsonl"].decode().split("\n")[:-1]
            table.add(map(srsly.json_loads, lines))
        return table

    def to_disk(self, path: Path) -> None:
        """Save the entries as JSONL, and beside it the settings and the index, so
        that loading need not check and normalize the names again.

        path (Path): A directory.
        """
        for name, data in self._to_files().items():
            (path / name).write_bytes(data)

    @classmethod
    def from_disk(cls, path: Path) -> "Gazetteer":
        """Load a gazetteer. If the entries or settings were edited since they were
        saved, or the index was deleted, the names are normalized anew.

        path (Path): The directory.
        RETURNS (Gazetteer): The gazetteer.
        RAISES (ConfigValidationError): If an entry is not valid, or the index or
            settings are damaged.
        """
        settings = read_cfg(path / "cfg", vars(Folding()))
        entries, index = path / "entries.jsonl", path / "index"
        table = cls(folding=Folding(**settings))
        if entries.exists() and index.exists():
            try:
                if table._set_index(entries.read_bytes(), index.read_bytes()):
                    return table
            except Exception as err:  # a damaged index can raise anything
                msg = f"'{index}' is damaged ({err}). Delete it to make it anew."
                raise config_error(["path"], msg) from None
        return create_jsonl_gazetteer(entries, **settings)

    def _to_files(self) -> Dict[str, bytes]:
        entries = "".join(
            (self._records.get(i) or srsly.json_dumps(self._get_entry(i))) + "\n"
            for i in range(len(self))
        ).encode()
        index = {
            "stamp": self._make_stamp(entries),
            "labels": sorted(self.labels),
            # no normalized name has a line break
            "names": "\n".join(self._by_name),
            "numbers": list(self._by_name.values()),
            "homonyms": self._homonyms,
        }
        return {
            "cfg": srsly.json_dumps(vars(self.folding)).encode(),
            "entries.jsonl": entries,
            # compressed, it has a checksum
            "index": zlib.compress(srsly.msgpack_dumps(index), 1),
        }

    def _set_index(self, entries: bytes, data: bytes) -> bool:
        """Take over entries with their index, if it is of them and these settings."""
        # names are longer than in the entries where a ligature becomes letters
        index = unpack(decompress(data, max_bytes=MIN_INDEX + 20 * len(entries)))
        if index["stamp"] != self._make_stamp(entries):
            return False
        records = dict(enumerate(entries.decode().split("\n")[:-1]))
        names, numbers = index["names"].split("\n"), index["numbers"]
        homonyms = index["homonyms"]
        others = [n for group in homonyms.values() for n in group]
        if len(names) != max(1, len(numbers)) or not homonyms.keys() <= {*names}:
            raise ValueError("its names and numbers don't fit together")
        if not {*map(type, numbers), *map(type, others)} <= {int}:
            raise ValueError("it has entries that are no numbers")
        if not set(numbers).union(others) <= records.keys():
            raise ValueError("it has the number of an entry that is not there")
        self._records = records
        self._by_name = dict(zip(names, numbers))
        self._homonyms = homonyms
        self.labels = set(index["labels"])
        self._ids = None
        return True

    def _make_stamp(self, entries: bytes) -> str:
        return digest([INDEX_VERSION, repr(self.folding).encode(), entries])


def read_gazetteer(path: Path, rows: Iterable[Row], folding: Folding) -> Gazetteer:
    """Fill a gazetteer from a file.

    path (Path): The file.
    rows (Iterable[Tuple[int, Dict[str, Any]]]): Its line numbers and entries.
    folding (Folding): How names are compared.
    RETURNS (Gazetteer): The gazetteer.
    RAISES (ConfigValidationError): At the first entry that is not valid, with file
        and line.
    """
    table = Gazetteer(folding=folding)
    for line_no, entry in rows:
        try:
            table.add_entry(entry)
        except ValueError as err:
            raise line_error(["path"], path, line_no, err) from None
    return table
