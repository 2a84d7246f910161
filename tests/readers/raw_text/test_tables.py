"""Raw text in the column of a table."""

from pathlib import Path
from typing import Any, List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.raw_text.corpus import RawCorpus
from spacy_rehearsal.readers.raw_text.reading import check_raw_text


def read(path: Path, **settings: str) -> List[str]:
    return [*RawCorpus(path, **settings).read(len)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content", "texts"),
    [
        ("a.csv", "text\none\ntwo, three\n", ["one", "two"]),
        ("a.csv", 'id;text\n1;"a;b"\n2;"c\nd"\n\n3;\n', ["a;b", "c\nd"]),
        ("a.csv", '\ufeff"text","id"\r\n"He said ""no""",1\r\n', ['He said "no"']),
        ("a.csv", "id|body\n1|one\n", ["one"]),
        ("a.tsv", 'id\ttext\n1\t"one\n2\tt"wo\n', ['"one', 't"wo']),
        ("a.csv", "", []),
    ],
)
def test_columns(name: str, content: str, texts: List[str], tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf8", newline="")
    assert read(tmp_path / name) == texts


def test_large_fields(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\n" + "word " * 100_000)
    assert " ".join(read(tmp_path / "a.csv")) == ("word " * 100_000).strip()


def test_the_column_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,Story\nshort,one\nshort,two\n")
    assert read(path, text_key="Story") == ["one", "two"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"id,title\n1,x\n",
            r'a.csv: has no column "text". It has "id", "title": name',
        ),
        (b"id,text\n1,one\n2\n", "a.csv, line 3: has 1 columns, expected 2"),
        (b'id,text\n1,one\n2,"x" y\n', "a.csv, line 3: is not valid CSV"),
        (b'id,text\n1,one\n2,"x\ny\n', "a.csv, line 3: is not valid CSV"),
        (b"id,text\n1,one\n2,caf\xe9\n", "a.csv, line 3: is not UTF-8"),
        (b'id,text\n1,one\n2,"a\ncaf\xe9"\n', "a.csv, line 4: is not UTF-8"),
    ],
)
def test_bad_rows_are_named_or_skipped(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigValidationError, match=message):
        read(path)
    found = ["one"] if b"text" in content else []
    assert read(path, on_error="skip") == found


def test_columns_are_looked_for_before_work_starts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\n" + "one\n" * 2000)
    (tmp_path / "b.csv").write_text("title\none\n")
    with pytest.raises(ConfigValidationError, match=r'b.csv: has no column "text"'):
        check_raw_text(RawCorpus(tmp_path))


def write_parquet(path: Path, **columns: Any) -> Path:
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra [parquet]")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), path, row_group_size=2)
    return path


def test_parquet(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", id=[1, 2, 3], text=["Zoë", None, "x"])
    assert read(path) == ["Zoë", "x"]
    write_parquet(tmp_path / "b.parquet", story=["one"], text=["two"])
    assert read(tmp_path / "b.parquet", text_key="story") == ["one"]
    assert read(tmp_path) == ["Zoë", "x", "two"]


def test_parquet_with_categories(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra [parquet]")
    column = pyarrow.array(["one", "two", "one"]).dictionary_encode()
    assert read(write_parquet(tmp_path / "a.parquet", text=column)) == [
        *("one", "two", "one")
    ]


def test_bad_parquet(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", id=[1], title=["x"])
    with pytest.raises(ConfigValidationError, match=r'no column "text". It has "id"'):
        check_raw_text(RawCorpus(path))
    with pytest.raises(ConfigValidationError, match='column "id" has no texts but int'):
        read(path, text_key="id")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ConfigValidationError, match=r"record 1: .* file is damaged"):
        read(path)
    write_parquet(tmp_path / "b.parquet", text=["fine"])
    assert read(tmp_path, on_error="skip") == ["fine"]


def test_parquet_without_pyarrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "a.parquet").touch()
    with pytest.raises(ConfigValidationError, match=r"spacy-rehearsal\[parquet\]"):
        read(tmp_path / "a.parquet")
