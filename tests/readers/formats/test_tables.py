"""The records of a CSV or TSV file."""

from pathlib import Path
from typing import List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.formats.annotated import Annotated
from spacy_rehearsal.readers.formats.registry import read_annotated
from spacy_rehearsal.readers.formats.tally import Tally
from tests.readers.formats.util import ENTITIES, LABEL_STUDIO_MIN, TEXT

WORDS = [
    ("Lena", "NNP", "B-PERSON"),
    ("left", "VBD", "O"),
    ("Bosch", "NNP", "O"),
    ("for", "IN", "O"),
    ("Etsy", "NNP", "B-WEBSITE"),
]
ROWS = "".join(f"{word}\t{tag}\n" for word, _, tag in WORDS)


def read_text(tmp_path: Path, name: str, content: str) -> List[Annotated]:
    path = tmp_path / name
    path.write_text(content, encoding="utf8")
    return list(read_annotated(path))


def make_kaggle(*, is_repeated: bool) -> str:
    rows = ["Sentence #,Word,POS,Tag"]
    for number in (1, 2):
        for i, row in enumerate(WORDS):
            name = f"Sentence: {number}" if is_repeated or i == 0 else ""
            rows.append(",".join([name, *row]))
    return "\n".join(rows)


def number(rows: str, *, nested: bool = False) -> str:
    """Number the words, and perhaps put a column for nested entities behind."""
    lines = enumerate(rows.splitlines(), start=1)
    return "".join(f"{i}\t{line}" + "\tO" * nested + "\n" for i, line in lines)


def turn(rows: str) -> str:
    """Put the tags before the words."""
    pairs = (line.split("\t") for line in rows.splitlines())
    return "".join(f"{tag}\t{word}\n" for word, tag in pairs)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", make_kaggle(is_repeated=False)),
        ("a.csv", make_kaggle(is_repeated=True)),
        ("a.csv", make_kaggle(is_repeated=True).replace(",", ";")),
        ("a.tsv", make_kaggle(is_repeated=True).replace(",", "\t")),
        ("a.tsv", f"word\ttag\n{ROWS}\n{ROWS}"),
        ("a.tsv", f"{ROWS}\n\n{ROWS}"),
        ("a.tsv", f"-DOCSTART-\tO\n\n{ROWS}\n{ROWS}"),
        ("a.csv", f"{ROWS}\n{ROWS}".replace("\t", ",")),
        ("a.txt", f"{ROWS}\n{ROWS}"),
        ("a.txt", f"{ROWS}\n{ROWS}".replace("\t", " ")),
        ("a.conll", f"-DOCSTART- -X- O\n\n{ROWS}\n{ROWS}".replace("\t", " -X- _ ")),
        ("a.conll", f"-DOCSTART- -X- O\n\n{ROWS}\n{ROWS}"),
        ("a.bio", f"{ROWS}\n{ROWS}"),
        ("a.iob2", f"# sent_id = 1\n{number(ROWS)}\n# text = x\n{number(ROWS)}"),
        (
            "a.tsv",
            f"#\tthe source\n{number(ROWS, nested=True)}\n{number(ROWS, nested=True)}",
        ),
        ("a.tsv", f"{turn(ROWS)}\n{turn(ROWS)}"),
        ("a.csv", f"sep=;\n{make_kaggle(is_repeated=True)}".replace(",", ";")),
        ("a.csv", f'text,word_labels\n{TEXT},"B-PERSON,O,O,O,B-WEBSITE"\n'),
        (
            "a.csv",
            f"text,annotations\n{TEXT},\"{{'entities': [(0, 4, 'PERSON'), "
            "(20, 24, 'WEBSITE')]}\"",
        ),
        ("a.txt", f"{ROWS}\n{ROWS}".replace("\t", " NN B-NP ")),
        ("a.csv", f"text,start,end,label\n{TEXT},0,4,PERSON\n{TEXT},20,24,WEBSITE\n"),
        ("a.csv", f"text,entities\n{TEXT},\"[(0, 4, 'PERSON'), (20, 24, 'WEBSITE')]\""),
        ("a.csv", f'text,label\n{TEXT},"[[0, 4, ""PERSON""], [20, 24, ""WEBSITE""]]"'),
        ("a.csv", f"text,labels\n{TEXT},B-PERSON O O O B-WEBSITE\n"),
        ("a.csv", f"Sentence,Tag\n{TEXT},\"['B-PERSON', 'O', 'O', 'O', 'B-WEBSITE']\""),
        (
            "a.csv",
            'text,id,label,annotator,annotation_id\nLena left Bosch for Etsy,12,"'
            + str(LABEL_STUDIO_MIN["label"]).replace("'", '""')
            + '",1,4\n',
        ),
    ],
)
def test_tables(name: str, content: str, tmp_path: Path) -> None:
    found = read_text(tmp_path, name, content)
    assert found
    for annotated in found:
        assert annotated.text == TEXT
        assert annotated.entities == ENTITIES


def test_words_without_a_tag(tmp_path: Path) -> None:
    rows = f"{ROWS}.\n\n{ROWS}".replace("\t", " ")
    first, second = read_text(tmp_path, "a.txt", rows)
    assert first.text == f"{TEXT} ."
    assert (first.unknown, second.unknown) == ([(25, 26)], [])
    assert first.entities == second.entities == ENTITIES


def test_tables_of_windows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("word,tag\nCafé,B-SHOP\nSaba,I-SHOP\nclosed,O\n".encode("cp1252"))
    tally = Tally()
    [annotated] = read_annotated(path, tally=tally)
    assert annotated.text == "Café Saba closed"
    assert "is not UTF-8, and read as Windows-1252" in tally.notes[0]


def test_words_that_are_quotes(tmp_path: Path) -> None:
    [annotated] = read_text(tmp_path, "a.tsv", '"\tO\nLena\tB-PERSON\n"\tO\n')
    assert annotated.text == '" Lena "'
    [annotated] = read_text(tmp_path, "a.csv", 'word,tag\n"""",O\n",",O\nLena,B-X\n')
    assert annotated.text == '" , Lena'
    assert annotated.entities == [(4, 8, "X")]


def test_places_and_what_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(make_kaggle(is_repeated=False))
    tally = Tally()
    places = [annotated.place for annotated in read_annotated(path, tally=tally)]
    assert places == [f"{path}, line 2", f"{path}, line 7"]
    assert tally.unread == {"pos_tags": 10}


def test_categories(tmp_path: Path) -> None:
    found = read_text(tmp_path, "a.csv", 'text,label\n"ok, fine",good\nno,bad\n')
    assert [annotated.cats for annotated in found] == [{"good": 1.0}, {"bad": 1.0}]
    assert found[0].text == "ok, fine"
    [annotated] = read_text(tmp_path, "a.csv", "text,Category\nok,good\n")
    assert annotated.cats == {"good": 1.0}


def test_texts_without_entities_among_spans(tmp_path: Path) -> None:
    content = f"text,start,end,label\nNothing.,,,\n{TEXT},0.0,4.0,PERSON\n"
    empty, annotated = read_text(tmp_path, "a.csv", content)
    assert (empty.text, empty.entities) == ("Nothing.", [])
    assert annotated.entities == ENTITIES[:1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "title,year\nLena,3\n",
            "no known table has the columns title, year. Name the",
        ),
        ("text,start,end,label\nLena,a,4,X\n", r"line 2: .*found: \['a', 4, 'X'\]"),
        ("text,start,end,label\nLena,0,9,X\n", "line 2: .* is no part of a text of 4"),
        ("text,year\nLena,3\n", "line 2: no known format has the keys text, year"),
    ],
)
def test_bad_tables(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match=message):
        read_text(tmp_path, "a.csv", content)


def test_an_empty_table(tmp_path: Path) -> None:
    assert not read_text(tmp_path, "a.csv", "")
    assert not read_text(tmp_path, "a.tsv", "\n\n")


def test_sentences_are_numbered_in_each_document(tmp_path: Path) -> None:
    rows = (
        "doc_id,sent_id,word,tag\n1,1,Lena,B-PER\n1,1,left,O\n2,1,Ada,B-PER\n2,1,x,O\n"
    )
    found = read_text(tmp_path, "a.csv", rows)
    assert [annotated.text for annotated in found] == ["Lena left", "Ada x"]


def test_rows_of_a_text_are_put_together(tmp_path: Path) -> None:
    rows = [(TEXT, 0, 4, "PERSON"), ("Ada", 0, 3, "X"), (TEXT, 20, 24, "WEBSITE")]
    lines = [
        ",".join(map(str, row)) for row in [("text", "start", "end", "label"), *rows]
    ]
    first, second = read_text(tmp_path, "a.csv", "\n".join(lines))
    assert first.entities == ENTITIES
    assert second.entities == [(0, 3, "X")]


def test_a_number_for_each_word_is_none_of_a_sentence(tmp_path: Path) -> None:
    found = read_text(tmp_path, "a.csv", "id,word,tag\n0,Lena,B-PER\n1,left,O\n")
    assert [annotated.text for annotated in found] == ["Lena left"]


def test_a_word_can_be_a_hash(tmp_path: Path) -> None:
    found = read_text(tmp_path, "a.txt", "# O\nLena B-PER\nBerg I-PER\n")
    assert [annotated.text for annotated in found] == ["# Lena Berg"]


def test_unicode_text_of_excel(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(f"word\ttag\n{ROWS}".encode("utf16"))
    [annotated] = read_annotated(path)
    assert annotated.entities == ENTITIES


def test_numbers_as_categories(tmp_path: Path) -> None:
    found = read_text(tmp_path, "a.csv", "text,label\nGood,1\nBad,0\n")
    assert [annotated.cats for annotated in found] == [{"1": 1.0}, {"0": 1.0}]


@pytest.mark.parametrize(
    "name,rows",
    [
        ("a.conll", "Ann _ B-PERSON\nwent _ _\nto _ _\nOslo _ B-GPE\n\nIt _ _\n"),
        ("a.tsv", "Ann\tB-PERSON\nwent\t_\nto\t_\nOslo\tB-GPE\n"),
        ("a.csv", "word,tag\nAnn,B-PERSON\nwent,_\nto,_\nOslo,B-GPE\n"),
    ],
)
def test_words_with_a_line_for_a_tag(tmp_path: Path, name: str, rows: str) -> None:
    """Some tools write _ for what has none."""
    (tmp_path / name).write_text(rows)
    first = next(read_annotated(tmp_path / name, tally=Tally()))
    found = [(first.text[i:j], label) for i, j, label in first.entities or []]
    assert found == [("Ann", "PERSON"), ("Oslo", "GPE")]
    assert first.is_complete
