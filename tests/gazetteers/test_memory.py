from pathlib import Path
from typing import Any, List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers import memory
from spacy_rehearsal.gazetteers.memory import Gazetteer
from spacy_rehearsal.gazetteers.names import Folding
from tests.gazetteers.util import resolve, save


def test_reads_names_aliases_ids_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "places.jsonl"
    path.write_text(
        '{"name": "Amsterdam", "aliases": ["amsterdem"], "id": "Q727"}\n\n'
        '{"name": "New  York", "label": "CITY"}\n'
    )
    table = resolve(path)
    assert len(table) == 2
    assert table.get("AMSTERDEM") == table.get("amsterdam") == next(iter(table))
    [city] = table.find("new york")
    assert city["label"] == "CITY"
    assert table.get("York") is None


def test_a_list_of_names_is_a_gazetteer() -> None:
    table = Gazetteer(["Straße", {"name": "Paris", "id": "Q90"}])
    assert table.get("STRASSE") == {"name": "Straße"}
    assert table.find("paris")[0]["id"] == "Q90"


@pytest.mark.parametrize(
    "line,message",
    [
        ('{"name": "Paris"', "line 2"),
        ('{"nme": "Paris"}', "unknown key 'nme'"),
        ('{"name": " "}', "not empty"),
        ('{"name": "Paris", "aliases": "Lutetia"}', "'aliases' must be a list"),
        ('{"name": "Paris", "aliases": [""]}', "not empty"),
        ('{"name": "Paris", "id": "Q220"}', "the id 'Q220' is used twice"),
        ('["Paris"]', "found \\['Paris'\\]"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "places.jsonl"
    path.write_text('{"name": "Rome", "id": "Q220"}\n' + line + "\n")
    with pytest.raises(ConfigValidationError, match=message) as error:
        resolve(path)
    assert f"{path}, line 2" in str(error.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="there is no file"):
        resolve(tmp_path / "none.jsonl")


def test_homonyms_in_the_order_of_the_table() -> None:
    paris = {"name": "Paris", "id": "Q90"}
    texas = {"name": "Paris", "id": "Q830149", "aliases": ["paris", "Paris, Texas"]}
    table = Gazetteer([paris, texas])
    assert table.find("PARIS") == [paris, texas]
    assert table.find("Paris, Texas") == [texas]
    assert table.find("London") == []


def test_trims_only_what_is_not_there_as_it_is() -> None:
    table = Gazetteer(["Paris", "Rolex", "Pari"], Folding(trim=True))
    assert table.get("Paris") == {"name": "Paris"}
    assert table.get("Rolexes") == table.get("Rolex's") == {"name": "Rolex"}
    assert Gazetteer(["Rolex"]).get("Rolexes") is None


def test_fuzzy_is_one_edit_from_five_letters_on() -> None:
    table = Gazetteer(["Amsterdam", "Rome", "Parma", "Paris"], Folding(fuzzy=True))
    for typo in ("amsterdem", "Amsterdamm", "msterdam", "Amsterda"):
        assert table.get(typo) == {"name": "Amsterdam"}
    assert table.get("Amsterdamer") is None
    assert table.get("Rom") is table.get("Romme") is table.get("Pari") is None
    assert table.get("Pariss") == {"name": "Paris"}
    assert table.find("Parmi") == [{"name": "Parma"}]
    assert table.find("Parms") == [], "Paris or Parma"
    table.add(["Romulus"])
    assert table.get("Romulos") == {"name": "Romulus"}


def test_saved_as_it_is(tmp_path: Path) -> None:
    entries: List[Any] = [
        {"name": "Kraków", "aliases": ["Cracow"], "id": "Q31487"},
        "Rome",
        "rome",
    ]
    folding = Folding(fold_accents=True, trim=True)
    for table in (Gazetteer(entries, folding), Gazetteer()):
        path = save(table, tmp_path / str(len(table)))
        for loaded in (
            Gazetteer.from_disk(path),
            Gazetteer.from_bytes(table.to_bytes()),
            Gazetteer.from_disk(save(Gazetteer.from_disk(path), path / "again")),
        ):
            assert list(loaded) == list(table)
            assert loaded.labels == table.labels
            for name in ("Krakow's", "Cracow", "ROME", "Oslo"):
                assert loaded.find(name) == table.find(name)
            loaded.add([{"name": "Oslo", "id": "Q585", "label": "CITY"}])
            assert loaded.find("Oslo") == [list(loaded)[-1]]
            assert loaded.labels == {"CITY"}
            with pytest.raises(ValueError, match="'Q585' is used twice"):
                loaded.add([{"name": "Christiania", "id": "Q585"}])
    with pytest.raises(ValueError, match="'Q31487' is used twice"):
        Gazetteer.from_disk(tmp_path / "3").add([{"name": "Krakau", "id": "Q31487"}])


def test_a_saved_table_can_be_edited(tmp_path: Path) -> None:
    path = save(Gazetteer(["Kraków"]), tmp_path / "table")
    with (path / "entries.jsonl").open("a") as file_:
        file_.write('{"name": "Oslo", "label": "CITY"}\n')
    table = Gazetteer.from_disk(path)
    assert table.find("oslo") == [{"name": "Oslo", "label": "CITY"}]
    assert table.labels == {"CITY"}
    assert not table.find("Krakow")
    cfg = path / "cfg"
    cfg.write_text(
        cfg.read_text().replace('"fold_accents":false', '"fold_accents":true')
    )
    assert Gazetteer.from_disk(path).find("Krakow")
    (path / "entries.jsonl").write_text('{"name": "Oslo"}\n{"nme": "Rome"}\n')
    with pytest.raises(ConfigValidationError, match="line 2: unknown key 'nme'"):
        Gazetteer.from_disk(path)


def test_a_saved_table_that_is_damaged(tmp_path: Path) -> None:
    path = save(Gazetteer(["Paris", "Rome"]), tmp_path / "table")
    index = path / "index"
    data = index.read_bytes()
    for damaged in (data[:-5], b"", data[:20] + bytes([data[20] ^ 1]) + data[21:]):
        index.write_bytes(damaged)
        with pytest.raises(ConfigValidationError, match="Delete it to make it anew"):
            Gazetteer.from_disk(path)
    index.unlink()
    assert Gazetteer.from_disk(path).find("paris")
    (path / "cfg").write_text('{"fold_case": true, "fuzzier": 1}')
    with pytest.raises(ConfigValidationError, match="cfg' is damaged"):
        Gazetteer.from_disk(path)
    (path / "cfg").unlink()
    with pytest.raises(ConfigValidationError, match="there is no file"):
        Gazetteer.from_disk(path)


def test_bytes_of_another_version_are_indexed_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = Gazetteer(["Paris", {"name": "Oslo", "id": "Q585"}]).to_bytes()
    monkeypatch.setattr(memory, "INDEX_VERSION", b"0")
    table = Gazetteer.from_bytes(data)
    assert table.find("Oslo") == [{"name": "Oslo", "id": "Q585"}]
    assert len(table) == 2
