import multiprocessing
import pickle
import sqlite3
import threading
from pathlib import Path
from typing import Any, Dict, List

import pytest
from spacy.util import registry
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.names import Folding
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer, build_sqlite

ENTRIES: List[Dict[str, Any]] = [
    {"name": "Paris", "id": "Q90", "label": "CITY", "attrs": {"population": 2102650}},
    {"name": "Paris", "id": "Q830149", "aliases": ["Paris, Texas"], "label": "TOWN"},
    {"name": "Kraków", "aliases": ["Cracow", "kraków"]},
]


def build(path: Path, **settings: Any) -> Path:
    rows = list(enumerate(ENTRIES, start=1))
    assert build_sqlite(Path("places.jsonl"), rows, path, Folding(**settings)) == 3
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return build(tmp_path / "places.sqlite")


def resolve(path: Path, **settings: Any) -> SqliteGazetteer:
    block = {"@misc": "spacy-rehearsal.SqliteGazetteer.v1", "path": path, **settings}
    return registry.resolve({"table": block})["table"]


def test_finds_what_was_built(path: Path) -> None:
    table = resolve(path)
    assert len(table) == 3
    assert list(table) == ENTRIES
    assert table.labels == {"CITY", "TOWN"}
    assert table.find("PARIS") == ENTRIES[:2]
    assert table.get("paris, texas") == ENTRIES[1]
    assert table.find("kraków") == [ENTRIES[2]]
    assert table.find("Krakow") == []


def test_settings_are_those_of_the_build(tmp_path: Path) -> None:
    settings = {"fold_accents": True, "trim": True, "fuzzy": True}
    table = resolve(build(tmp_path / "a.sqlite", **settings))
    assert table.folding == Folding(**settings)
    for name in ("krakow", "Kraków's", "Krakkow", "Cracov"):
        assert table.get(name) == ENTRIES[2], name
    assert table.get("Krakauer") is None


def look_up(table: SqliteGazetteer, results: Any) -> None:
    results.put(table.find("Cracow"))


def test_several_processes_and_threads(path: Path) -> None:
    table = resolve(path)
    assert table.find("Cracow") == [ENTRIES[2]]
    for method in multiprocessing.get_all_start_methods():
        context: Any = multiprocessing.get_context(method)
        results = context.Queue()
        process = context.Process(target=look_up, args=(table, results))
        process.start()
        assert results.get(timeout=60) == [ENTRIES[2]]
        process.join()
    found: List[object] = []
    thread = threading.Thread(target=lambda: found.append(table.find("Cracow")))
    thread.start()
    thread.join()
    assert found == [[ENTRIES[2]]]
    assert pickle.loads(pickle.dumps(table)).find("Cracow") == [ENTRIES[2]]


def test_is_opened_read_only(path: Path) -> None:
    path.chmod(0o444)
    before = path.read_bytes()
    table = resolve(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        table._connect().execute("DELETE FROM names")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_missing_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="there is no file"):
        resolve(tmp_path / "none.sqlite")


def test_locked_table(path: Path) -> None:
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ConfigValidationError, match="is locked"):
        resolve(path)
    writer.close()
    assert resolve(path).get("Cracow")


@pytest.mark.parametrize("size", [0, 10, 100, 4096, 8192])
def test_truncated_table(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ConfigValidationError, match="damaged or no gazetteer"):
        resolve(path)


@pytest.mark.parametrize("n_bytes", [10, 100_000])
def test_large_truncated_table(tmp_path: Path, n_bytes: int) -> None:
    path = tmp_path / "a.sqlite"
    rows = enumerate({"name": f"Place {i}"} for i in range(5000))
    build_sqlite(Path("places.jsonl"), rows, path)
    path.write_bytes(path.read_bytes()[:-n_bytes])
    with pytest.raises(ConfigValidationError, match="damaged or no gazetteer"):
        resolve(path)


def test_damage_that_shows_when_names_are_looked_up(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    rows = enumerate({"name": f"Place {i}"} for i in range(5000))
    build_sqlite(Path("places.jsonl"), rows, path)
    data = path.read_bytes()
    path.write_bytes(data[:20_000] + bytes(len(data) - 20_000))
    table = resolve(path)
    with pytest.raises(ConfigValidationError, match="damaged or no gazetteer"):
        table.find("place 4999")


def test_missing_when_unpickled(path: Path) -> None:
    table = resolve(path, store="reference")
    data = pickle.dumps(table)
    assert pickle.loads(data).store == "reference"
    path.unlink()
    with pytest.raises(ConfigValidationError, match="there is no file"):
        pickle.loads(data)


def test_other_files(path: Path) -> None:
    other = path.with_name("other.sqlite")
    sqlite3.connect(other).execute("CREATE TABLE a (b)")
    with pytest.raises(ConfigValidationError, match="damaged or no gazetteer"):
        resolve(other)
    other.write_text('{"name": "Paris"}\n' * 1000)
    with pytest.raises(ConfigValidationError, match="damaged or no gazetteer"):
        resolve(other)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = '2' WHERE key = 'schema_version'",
        "DELETE FROM meta WHERE key = 'schema_version'",
    ],
)
def test_other_schema_version(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    with pytest.raises(ConfigValidationError, match="has the schema version"):
        resolve(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = '{' WHERE key = 'folding'",
        "UPDATE meta SET value = '{\"fuzzier\": true}' WHERE key = 'folding'",
        "DELETE FROM meta WHERE key = 'n_entries'",
    ],
)
def test_damaged_settings(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    with pytest.raises(ConfigValidationError, match="damaged or no gazetteer"):
        resolve(path)


def test_bad_store(path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="must be 'copy' or 'reference'"):
        resolve(path, store="link")


@pytest.mark.parametrize(
    "entry,message",
    [
        ({"name": "Lutetia", "id": "Q90"}, "line 4: the id 'Q90' is used twice"),
        ({"name": ""}, "line 4: 'name' must be a text that is not empty"),
    ],
)
def test_a_bad_entry_leaves_no_file(
    tmp_path: Path, entry: Dict[str, Any], message: str
) -> None:
    rows = enumerate([*ENTRIES, entry], start=1)
    with pytest.raises(ConfigValidationError, match=message):
        build_sqlite(Path("places.jsonl"), rows, tmp_path / "a.sqlite")
    assert not list(tmp_path.iterdir())
