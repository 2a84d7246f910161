"""Tables of names, in memory and in a file."""

import json
from pathlib import Path
from typing import Any, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_rehearsal.gazetteers.csv_file import create_csv_gazetteer
from spacy_rehearsal.gazetteers.memory import Gazetteer, create_jsonl_gazetteer
from spacy_rehearsal.gazetteers.names import Folding
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer, build_sqlite
from tests.fuzz.util import JSON, TEXTS, change, check, examples

ENTRY = {"name": "Paris", "aliases": ["Paname"], "id": "Q90", "label": "X", "attrs": {}}
NAMES = st.text("aBéß' s.ł", max_size=7) | TEXTS
FOLDINGS = st.builds(Folding, *[st.booleans()] * 4)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gazetteers")


@examples(150)
@given(data=st.data())
def test_entries_that_are_nearly_right(data: Any, directory: Path) -> None:
    entry = data.draw(change(ENTRY) | JSON)
    path = directory / "names.jsonl"
    path.write_text(json.dumps(entry))
    table = check(lambda: create_jsonl_gazetteer(path), "names.jsonl, line 1")
    for found in table or ():
        assert (table and table.find(found["name"])) or not found["name"].strip()


@examples(60)
@given(
    content=st.binary(max_size=60)
    | st.text("name,aliases\n\t;\"' #|ab", max_size=60).map(str.encode),
    suffix=st.sampled_from([".csv", ".tsv", ".jsonl", ".txt"]),
)
def test_any_bytes(content: bytes, suffix: str, directory: Path) -> None:
    path = directory / f"names{suffix}"
    path.write_bytes(content)
    create: Any = create_csv_gazetteer
    if suffix == ".jsonl":
        create = create_jsonl_gazetteer
    check(lambda: create(path), path.name)


@examples(60)
@given(names=st.lists(NAMES, max_size=5), folding=FOLDINGS, query=NAMES)
def test_all_tables_find_the_same(
    names: List[str], folding: Folding, query: str, directory: Path
) -> None:
    entries = [{"name": name} for name in names if name.strip()]
    try:
        json.dumps(entries, ensure_ascii=False).encode()
        query.encode()
    except UnicodeEncodeError:
        return
    table = Gazetteer(entries, folding)
    saved = directory / "saved"
    saved.mkdir(exist_ok=True)
    table.to_disk(saved)
    path = directory / "names.sqlite"
    build_sqlite(path, enumerate(entries, start=1), path, folding)
    tables = [Gazetteer.from_bytes(table.to_bytes()), Gazetteer.from_disk(saved)]
    for name in [*names, query]:
        expected = table.find(name)
        assert all(other.find(name) == expected for other in tables)
        assert SqliteGazetteer(path).find(name) == expected
    for entry in entries:
        assert entry in table.find(entry["name"])
