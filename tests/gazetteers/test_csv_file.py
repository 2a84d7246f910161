from pathlib import Path
from typing import Any, Dict, List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.csv_file import read_csv
from tests.gazetteers.util import resolve

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


def read(path: Path, text: str, **settings: Any) -> Any:
    path.write_text(text, encoding="utf8")
    return list(read_csv(path, **settings))


def test_csv_with_a_header(tmp_path: Path) -> None:
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


def test_tsv_without_a_header(tmp_path: Path) -> None:
    header = ["id", "name", "asciiname", "aliases", "class"]
    settings = {"header": header, "alias_separator": ","}
    ((_, entry),) = read(tmp_path / "NL.txt", GEONAMES, **settings)
    assert entry["aliases"] == ["A'dam", '"Damsko']
    assert entry["id"] == "2759794"
    assert "class" not in entry


def test_rows_with_the_same_id_are_one_entry(tmp_path: Path) -> None:
    columns = {"id": "item", "name": "itemLabel"}
    rows = read(tmp_path / "a.tsv", WIKIDATA, columns=columns)
    assert [entry["name"] for _, entry in rows] == ["Berlin", "Paris"]
    assert rows[0][1]["aliases"] == ["Bärlin"]


@pytest.mark.parametrize(
    "text,settings,message",
    [
        ("title\nParis\n", {}, "no column 'name', only: title"),
        ("title\nParis\n", {}, "(-c name=COLUMN; columns in a config), or, if the"),
        ("a,b\nParis,3\n", {}, "what the columns are (--header name,id; header in"),
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
def test_bad_csv(
    tmp_path: Path, text: str, settings: Dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigValidationError) as error:
        read(tmp_path / "a.csv", text, **settings)
    assert message in str(error.value)


def get_names(rows: Any) -> List[str]:
    return [entry["name"] for _, entry in rows]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "name\tlabel\nLake Inari\tLAKE\nBled, the lake\tLAKE\n"),
        ("a.csv", 'name;label\nLake Inari;LAKE\n"Bled, the lake";LAKE\n'),
        ("a.csv", "\n\nname|label\n\nLake Inari|LAKE\nBled, the lake|LAKE\n"),
        ("a.csv", '# lakes\nName,Label\nLake Inari,LAKE\n"Bled, the lake",LAKE\n'),
        ("a.tsv", "\nname\tlabel\nLake Inari\tLAKE\n  \nBled, the lake\tLAKE\n"),
        ("a.tsv", "name;label\nLake Inari;LAKE\nBled, the lake;LAKE\n"),
        ("a.txt", "# a\n#name\tlabel\nLake Inari\tLAKE\nBled, the lake\tLAKE\n"),
    ],
)
def test_what_separates_columns_is_found_out(
    name: str, text: str, tmp_path: Path
) -> None:
    rows = read(tmp_path / name, text)
    assert get_names(rows) == ["Lake Inari", "Bled, the lake"]
    assert {entry["label"] for _, entry in rows} == {"LAKE"}


@pytest.mark.parametrize("name", ["a.txt", "a.tsv"])
@pytest.mark.parametrize("head", ["", "name\n", "# lakes\n\n", "\nname\n"])
def test_a_name_a_line(name: str, head: str, tmp_path: Path) -> None:
    text = head + "Lake Inari\n\nBled, the lake\n# no lake\n#1 Lake\n"
    rows = read(tmp_path / name, text)
    assert get_names(rows) == ["Lake Inari", "Bled, the lake", "#1 Lake"]
    lines = (tmp_path / name).read_text().splitlines()
    assert all(lines[line_no - 1] == entry["name"] for line_no, entry in rows)


def test_aliases_that_are_perhaps_several(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = 'name,aliases\nSaimaa,"Lake Saimaa, Saima"\nInari,\n'
    rows = read(tmp_path / "a.csv", text)
    assert rows[0][1]["aliases"] == ["Lake Saimaa, Saima"]
    assert "1 aliases have a comma or semicolon" in caplog.text
    assert "'Lake Saimaa, Saima'. If they are several, set alias_sep" in caplog.text
    caplog.clear()
    rows = read(tmp_path / "a.csv", text, alias_separator=",")
    assert [alias.strip() for alias in rows[0][1]["aliases"]] == [
        "Lake Saimaa",
        "Saima",
    ]
    assert not caplog.text


def test_csv_from_a_config(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("title,qid\nParis,Q90\n")
    table = resolve(path, "Csv", columns={"name": "title", "id": "qid"}, trim=True)
    assert table.get("Paris's") == {"name": "Paris", "id": "Q90"}


def test_bad_csv_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("name,id\nParis,Q90\nRome,Q220\nLutetia,Q90\n")
    with pytest.raises(ConfigValidationError, match="line 4: the id 'Q90' is used"):
        resolve(path, "Csv")


def test_what_excel_says_of_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("sep=;\r\nname;id\r\nOslo;Q585\r\n")
    assert list(read_csv(path)) == [(3, {"name": "Oslo", "id": "Q585"})]
