from pathlib import Path
from typing import Any

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.json_file import read_json
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer
from tests.util import run_rehearsal


@pytest.mark.parametrize(
    "text",
    [
        '[{"name": "Saimaa", "label": "LAKE"}, {"name": "Inari", "label": "LAKE"}]',
        '{"Saimaa": "LAKE", "Inari": "LAKE"}',
        '{"LAKE": ["Saimaa", "Inari"]}',
        '{"Saimaa": {"label": "LAKE"}, "Inari": {"label": "LAKE"}}',
    ],
)
def test_lists_and_objects(text: str, tmp_path: Path) -> None:
    (tmp_path / "lakes.json").write_text(text)
    args = (tmp_path / "lakes.json", tmp_path / "lakes.sqlite")
    assert "2 entries" in run_rehearsal("gazetteer", "build", *args).output
    found = SqliteGazetteer(tmp_path / "lakes.sqlite").get("inari")
    assert found == {"name": "Inari", "label": "LAKE"}


def test_names_alone(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('["Saimaa", "Inari"]')
    entries: Any = [{"name": "Saimaa"}, {"name": "Inari"}]
    assert [entry for _, entry in read_json(tmp_path / "a.json")] == entries


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "Saimaa"}\n{"name": "Inari"}', "name it .jsonl"),
        ("3", "expected a list of names, found: 3"),
    ],
)
def test_bad_files(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ConfigValidationError, match=message):
        list(read_json(tmp_path / "a.json"))


def test_names_of_wikidata_ids(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    path.write_text('{"Q585": "Oslo", "Q90": ["Paris", "Paname"]}')
    assert [entry for _, entry in read_json(path)] == [
        {"name": "Oslo", "id": "Q585"},
        {"name": "Paris", "id": "Q90", "aliases": ["Paname"]},
    ]


def test_results_of_sparql_say_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    path.write_text('{"head": {"vars": ["item"]}, "results": {"bindings": []}}')
    with pytest.raises(ConfigValidationError, match="Download it as CSV"):
        list(read_json(path))
