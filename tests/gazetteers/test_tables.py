from pathlib import Path

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.tables import check_entry, read_csv, read_jsonl

WIKIVOYAGE = (
    "article,type,title,alt,wikidata,lat\n"
    'Paris,see,"Louvre, the",Musée du Louvre,Q19675,48.9\n'
    "Paris,see,Orsay,,,48.8\n"
)
GEONAMES = "2759794\tAmsterdam\tAmsterdam\tA'dam,\"Damsko\tP\n"
WIKIDATA = (
    "\ufeffitem\titemLabel\n"
    "http://www.wikidata.org/entity/Q64\tBerlin\n"
    "http://www.wikidata.org/entity/Q64\tBärlin\n"
    "http://www.wikidata.org/entity/Q90\tParis\n"
)


def read(path: Path, text: str, **settings):
    path.write_text(text, encoding="utf8")
    return list(read_csv(path, **settings))


def test_csv_with_a_header(tmp_path: Path):
    columns = {"name": "title", "aliases": "alt", "id": "wikidata", "label": "type"}
    rows = read(tmp_path / "a.csv", WIKIVOYAGE, columns=columns, attrs=["lat"])
    assert rows == [
        (
            2,
            {
                **{"name": "Louvre, the", "aliases": ["Musée du Louvre"]},
                **{"id": "Q19675", "label": "see", "attrs": {"lat": "48.9"}},
            },
        ),
        (3, {"name": "Orsay", "label": "see", "attrs": {"lat": "48.8"}}),
    ]


def test_tsv_without_a_header(tmp_path: Path):
    header = ["id", "name", "asciiname", "aliases", "class"]
    settings = {"header": header, "alias_separator": ","}
    ((_, entry),) = read(tmp_path / "NL.txt", GEONAMES, **settings)
    assert entry["aliases"] == ["A'dam", '"Damsko']
    assert entry["id"] == "2759794"
    assert "class" not in entry


def test_rows_with_the_same_id_are_one_entry(tmp_path: Path):
    columns = {"id": "item", "name": "itemLabel"}
    rows = read(tmp_path / "a.tsv", WIKIDATA, columns=columns)
    assert [entry["name"] for _, entry in rows] == ["Berlin", "Paris"]
    assert rows[0][1]["aliases"] == ["Bärlin"]


@pytest.mark.parametrize(
    "text,settings,message",
    [
        ("title\nParis\n", {}, "no column 'name', only: title"),
        ("", {}, "no column 'name', only: none"),
        ("name\nParis\n", {"columns": {"id": "qid"}}, "no column 'qid'"),
        ("name\nParis\n", {"columns": {"nme": "name"}}, "unknown key 'nme'"),
        ("name\nParis\n", {"attrs": ["lat"]}, "no column 'lat'"),
        ("name,id\nParis\n", {}, "a.csv, line 2: has 1 columns, expected 2"),
        ('name\n"Paris\n', {}, "a.csv, line 2: is not valid CSV"),
        (
            "name,id,label\nA,1,CITY\nB,1,TOWN\n",
            {},
            "line 3: the id '1' has the label 'TOWN' here, and 'CITY' in line 2",
        ),
    ],
)
def test_bad_csv(tmp_path: Path, text: str, settings, message: str):
    with pytest.raises(ConfigValidationError) as error:
        read(tmp_path / "a.csv", text, **settings)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "data,message",
    [
        (b'{"name": "A"}\n{"name": "B"', "line 2: is not valid JSON"),
        (b'{"name": "A"}\n\xff\xfe\n', "line 2: is not UTF-8"),
    ],
)
def test_bad_jsonl(tmp_path: Path, data: bytes, message: str):
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    with pytest.raises(ConfigValidationError) as error:
        list(read_jsonl(path))
    assert f"{path}, {message}" in str(error.value)


def test_reports_its_progress(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"name": "Åre"}\n\n{"name": "B"}\n', encoding="utf8")
    done = []
    assert len(list(read_jsonl(path, progress=done.append))) == 2
    assert sum(done) == path.stat().st_size


@pytest.mark.parametrize(
    "entry,message",
    [
        ({"id": "Q90"}, "'name' is missing"),
        ({"name": "\t"}, "'name' must be a text that is not empty"),
        ({"name": "Paris", "id": ""}, "'id' must be a text that is not empty"),
        ({"name": "Paris", "id": 90}, "'id' must be a str, found 90"),
        ({"name": "Paris", "aliases": [" "]}, "alias must be a text"),
        ({"name": "Paris", "population": 2}, "unknown key 'population'"),
        ({"name": "Paris", "attrs": 2}, "'attrs' must be a dict"),
        (None, "found None"),
    ],
)
def test_bad_entries(entry, message: str):
    with pytest.raises(ValueError, match=message):
        check_entry(entry)
