"""A table of names in a file."""

import os
import shutil
import sqlite3
import tempfile
import threading
import weakref
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Sequence, Set, Tuple

import srsly
from thinc.api import ConfigValidationError

from ..binaries import unpack
from ..errors import config_error
from ..files import line_error, write_beside
from .base import BaseGazetteer, read_cfg
from .entries import Entry, Row, check_entry
from .names import MIN_FUZZY_LENGTH, Folding, make_half_keys

SCHEMA_VERSION = 1
FILE_NAME = "table.sqlite"
LOCK_TIMEOUT = 1.0  # seconds
BUILD_AGAIN = "Build it again with: spacy rehearsal gazetteer build"
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE entries (entry INTEGER PRIMARY KEY, id TEXT UNIQUE, data TEXT NOT NULL);
CREATE TABLE names (name TEXT, entry INTEGER, PRIMARY KEY (name, entry)) WITHOUT ROWID;
CREATE TABLE halves (key TEXT, name TEXT, PRIMARY KEY (key, name)) WITHOUT ROWID;
CREATE TEMP TABLE all_names (name TEXT, entry INTEGER);
CREATE TEMP TABLE all_halves (key TEXT, name TEXT);
"""
# sorted, which fills a table much faster than the order of the file
SORT = (
    "INSERT INTO names SELECT DISTINCT name, entry FROM all_names ORDER BY name, entry",
    "INSERT INTO halves SELECT DISTINCT key, name FROM all_halves ORDER BY key, name",
)


def create_sqlite_gazetteer(path: Path, store: str = "copy") -> "SqliteGazetteer":
    """Open a gazetteer that does not fit in memory.

    path (Path): The file that `spacy rehearsal gazetteer build` wrote.
    store (str): What is saved with the pipeline: "copy", the file itself, or
        "reference", its path.
    RETURNS (SqliteGazetteer): The gazetteer. The file is opened read-only, by as
        many processes as like to.
    RAISES (ConfigValidationError): If the file is missing, locked, truncated, no
        such table or one of another version.
    """
    return SqliteGazetteer(path, store=store)


class SqliteGazetteer(BaseGazetteer):
    """A gazetteer in a file. Its settings are those that it was built with.

    path (Path): The file.
    store (str): What is saved with the pipeline: "copy" or "reference".
    RAISES (ConfigValidationError): If the file can't be used.
    """

    kind = "sqlite"

    def __init__(self, path: Path, *, store: str = "copy") -> None:
        if store not in ("copy", "reference"):
            msg = f"must be 'copy' or 'reference', found {store!r}"
            raise config_error(["store"], msg)
        if not isinstance(path, (str, Path)) or "\0" in str(path):
            raise config_error(["path"], f"expected a path, found {path!r}")
        self.path = Path(path).absolute()
        self.store = store
        self._local = threading.local()
        meta = self._read_meta()
        try:
            self.folding = Folding(**meta["folding"])
            self.labels: Set[str] = set(meta["labels"])
            self._n_entries: int = meta["n_entries"]
        except (KeyError, TypeError, ValueError) as err:
            raise self._explain(err) from None
        if type(self._n_entries) is not int or not {*map(type, self.labels)} <= {str}:
            raise self._explain(ValueError("wrong values in the table meta"))

    def __len__(self) -> int:
        return self._n_entries

    def __iter__(self) -> Iterator[Entry]:
        for (data,) in self._query("SELECT data FROM entries ORDER BY entry"):
            yield self._load_entry(data)

    def __reduce__(self) -> Tuple[Any, ...]:
        return partial(SqliteGazetteer, store=self.store), (self.path,)

    def _find(self, key: str) -> List[Entry]:
        rows = self._query(
            "SELECT data FROM names JOIN entries USING (entry) WHERE name = ? "
            "ORDER BY entry",
            (key,),
        )
        return [self._load_entry(data) for (data,) in rows]

    def _load_entry(self, data: Any) -> Entry:
        try:
            entry = srsly.json_loads(data)
            check_entry(entry)
        except (TypeError, ValueError) as err:
            raise self._explain(err) from None
        return entry

    def _find_halves(self, keys: List[str]) -> Iterable[str]:
        places = ", ".join("?" for _ in keys)
        rows = self._query(f"SELECT name FROM halves WHERE key IN ({places})", keys)
        return [name for (name,) in rows]

    def _connect(self) -> sqlite3.Connection:
        """Get this thread's connection. One from before a fork must not be used.

        RAISES (sqlite3.OperationalError): If there is no file, or something else.
        """
        if not self.path.is_file():
            raise sqlite3.OperationalError("no file")
        if getattr(self._local, "pid", None) != os.getpid():
            self._local.connection = sqlite3.connect(
                f"{self.path.as_uri()}?mode=ro", uri=True, timeout=LOCK_TIMEOUT
            )
            self._local.pid = os.getpid()
        return self._local.connection

    def _query(self, query: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        try:
            yield from self._connect().execute(query, values)
        except sqlite3.DatabaseError as err:
            raise self._explain(err) from None

    def _explain(self, err: Exception) -> ConfigValidationError:
        """Make the error for a file that can't be used."""
        if not self.path.is_file():
            msg = (
                f"there is no file '{self.path}'. Put it back, or save the pipeline "
                "with store = 'copy', so that the table goes where the pipeline goes."
            )
        elif "locked" in str(err):
            msg = f"'{self.path}' is locked: another program is writing to it"
        else:
            msg = f"'{self.path}' is damaged or no gazetteer ({err}). {BUILD_AGAIN}"
        return config_error(["path"], msg)

    def _read_meta(self) -> Dict[str, Any]:
        rows = dict(self._query("SELECT key, value FROM meta"))
        try:
            meta = {key: srsly.json_loads(value) for key, value in rows.items()}
        except ValueError as err:
            raise self._explain(err) from None
        if meta.get("schema_version") != SCHEMA_VERSION:
            raise config_error(
                ["path"],
                f"'{self.path}' has the schema version {meta.get('schema_version')}, "
                f"expected {SCHEMA_VERSION}. {BUILD_AGAIN}",
            )
        # SQLite itself misses only whole pages
        ((n_bytes,),) = self._query(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        )
        size = self.path.stat().st_size
        if size != n_bytes:
            raise self._explain(ValueError(f"{size} bytes, expected {n_bytes}"))
        return meta

    def to_bytes(self) -> bytes:
        """Serialize the file itself, or its path.

        RETURNS (bytes): The serialized gazetteer.
        """
        table = self.path.read_bytes() if self.store == "copy" else None
        return srsly.msgpack_dumps({"path": str(self.path), "table": table})

    @classmethod
    def from_bytes(cls, data: bytes) -> "SqliteGazetteer":
        """Load a gazetteer. One that was serialized as a copy becomes a temporary
        file, which goes when the gazetteer goes.

        data (bytes): What `to_bytes` gave.
        RETURNS (SqliteGazetteer): The gazetteer.
        RAISES (ConfigValidationError): If the file can't be used.
        """
        record = unpack(data)
        if record["table"] is None:
            return cls(Path(record["path"]), store="reference")
        directory = tempfile.mkdtemp(prefix="gazetteer-")
        path = Path(directory) / FILE_NAME
        path.write_bytes(record["table"])
        gazetteer = cls(path)
        weakref.finalize(gazetteer, shutil.rmtree, directory, ignore_errors=True)
        return gazetteer

    def to_disk(self, path: Path) -> None:
        """Save a copy of the file, or its path.

        path (Path): A directory.
        """
        srsly.write_json(path / "cfg", {"store": self.store, "path": str(self.path)})
        if self.store == "copy":
            shutil.copyfile(self.path, path / FILE_NAME)

    @classmethod
    def from_disk(cls, path: Path) -> "SqliteGazetteer":
        """Load a gazetteer.

        path (Path): The directory.
        RETURNS (SqliteGazetteer): The gazetteer.
        RAISES (ConfigValidationError): If the file can't be used.
        """
        cfg = read_cfg(path / "cfg", ("store", "path"))
        is_copy = cfg["store"] == "copy"
        return cls(path / FILE_NAME if is_copy else cfg["path"], store=cfg["store"])


def build_sqlite(
    source: Path,
    rows: Iterable[Row],
    path: Path,
    folding: Folding = Folding(),
) -> int:
    """Write a table for SqliteGazetteer. It is there when it is whole, not before.

    source (Path): The file that the entries are from, for messages.
    rows (Iterable[Tuple[int, Dict[str, Any]]]): Line numbers and entries.
    path (Path): The file to write.
    folding (Folding): How names are compared.
    RETURNS (int): The number of entries.
    RAISES (ConfigValidationError): At the first entry that is not valid, with file
        and line.
    """
    with write_beside(path) as temporary:
        connection = sqlite3.connect(temporary, isolation_level=None)
        try:
            connection.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                "PRAGMA cache_size = -200000;" + SCHEMA + "BEGIN;"
            )
            meta = fill(connection.execute, source, rows, folding)
            for statement in SORT:
                connection.execute(statement)
            for key, value in meta.items():
                connection.execute(
                    "INSERT INTO meta VALUES (?, ?)", (key, srsly.json_dumps(value))
                )
            connection.execute("COMMIT")
        finally:
            connection.close()
    return meta["n_entries"]


def fill(
    execute: Callable[..., Any], source: Path, rows: Iterable[Row], folding: Folding
) -> Dict[str, Any]:
    """Insert the entries, and return what goes into the table `meta`."""
    labels: Set[str] = set()
    number = -1
    for number, (line_no, entry) in enumerate(rows):
        try:
            check_entry(entry)
            values = (number, entry.get("id"), srsly.json_dumps(entry))
            execute("INSERT INTO entries VALUES (?, ?, ?)", values)
        except sqlite3.IntegrityError:
            msg = f"the id '{entry['id']}' is used twice"
            raise line_error(["path"], source, line_no, msg) from None
        except ValueError as err:
            raise line_error(["path"], source, line_no, err) from None
        if "label" in entry:
            labels.add(entry["label"])
        for name in [entry["name"], *entry.get("aliases", ())]:
            name = folding.normalize(name)
            execute("INSERT INTO all_names VALUES (?, ?)", (name, number))
            if folding.fuzzy and len(name) >= MIN_FUZZY_LENGTH:
                for key in make_half_keys(name):
                    execute("INSERT INTO all_halves VALUES (?, ?)", (key, name))
    return {
        "schema_version": SCHEMA_VERSION,
        "n_entries": number + 1,
        "labels": sorted(labels),
        "folding": vars(folding),
    }
