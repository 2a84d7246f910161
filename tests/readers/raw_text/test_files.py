"""What the path of raw text may stand for."""

import bz2
import gzip
import io
import lzma
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Dict, List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.raw_text.corpus import RawCorpus, create_raw_corpus

COMPRESS: Dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def read(path: Path, **settings: str) -> List[str]:
    return [*RawCorpus(path, **settings).read(len)]  # type: ignore[arg-type]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode("utf8")
    path.write_bytes(COMPRESS[path.suffix](data) if path.suffix in COMPRESS else data)


@pytest.mark.parametrize("compression", ["", ".gz", ".bz2", ".GZ"])
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (".jsonl", '{"text": "Zoë"}\n{"text": "two"}\n'),
        (".txt", "Zoë\n\ntwo"),
        (".json", '["Zoë", "two"]'),
        (".csv", "id,text\n1,Zoë\n2,two\n"),
        (".tsv", "id\ttext\n1\tZoë\n2\ttwo\n"),
    ],
)
def test_kinds_and_compressions(
    kind: str, content: str, compression: str, tmp_path: Path
) -> None:
    path = tmp_path / f"raw{kind}{compression}"
    data = content.encode("utf8")
    path.write_bytes(COMPRESS.get(compression.lower(), bytes)(data))
    assert read(path) == ["Zoë", "two"]


def test_directories_are_read_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.jsonl.gz", "a.jsonl", "sub/c.jsonl", ".old/d.jsonl", ".e.jsonl"):
        write(tmp_path / name, f'{{"text": "{name}"}}')
    write(tmp_path / "notes.md", "what this is")
    write(tmp_path / "empty.jsonl", "")
    (tmp_path / "dir.jsonl").mkdir()
    assert read(tmp_path) == ["a.jsonl", "b.jsonl.gz", "sub/c.jsonl"]


def test_patterns_say_which_files(tmp_path: Path) -> None:
    for name in ("a1.txt", "a2.txt.gz", "b.txt", "sub/a3.txt", "a4.jsonl"):
        write(tmp_path / name, f'{{"text": "{name}"}}' if "json" in name else name)
    assert read(tmp_path / "a*.txt*") == ["a1.txt", "a2.txt.gz"]
    assert read(tmp_path / "a*") == ["a1.txt", "a2.txt.gz", "a4.jsonl"]
    assert read(tmp_path / "**" / "*.txt") == ["a1.txt", "b.txt", "sub/a3.txt"]
    write(tmp_path / "odd[1].txt", "a file's own name")
    assert read(tmp_path / "odd[1].txt") == ["a file's own name"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.jsonl", "there is no file or directory '.*none.jsonl'"),
        ("*.jsonl", r"no file is named like '.*\*.jsonl'"),
        ("a.docx", r"a.docx' is no .jsonl, .txt, .json, .csv, .tsv or .parquet file"),
        ("a.parquet.gz", r"a.parquet.gz' is no .* All but .parquet can be compressed"),
        ("a.gz", r"compressed \(.*\.gz.*\), with both endings in their name"),
        ("*.d*", "a.docx' is no"),
        ("empty", "the directory '.*empty' holds no .jsonl, .txt, .json, .csv"),
        ("two", r"holds .jsonl and .txt files: .*b.jsonl, .*a.txt. Say which are raw"),
    ],
)
def test_paths_that_are_no_raw_text(name: str, message: str, tmp_path: Path) -> None:
    for there in ("a.docx", "a.parquet.gz", "a.gz", "two/a.txt", "two/b.jsonl"):
        write(tmp_path / there, "")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigValidationError, match=message):
        read(tmp_path / name)


def test_what_is_no_path() -> None:
    with pytest.raises(ConfigValidationError, match="is empty, expected a file"):
        read(Path())
    with pytest.raises(ConfigValidationError, match="is null, expected a file"):
        [*create_raw_corpus(None).read(len)]


def test_a_file_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raw.txt").symlink_to("raw.txt")
    with pytest.raises(ConfigValidationError, match="no file or directory"):
        read(tmp_path / "raw.txt")


@pytest.mark.parametrize("cut", [3, 30, 60])
def test_a_damaged_file_is_named_with_the_line(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "raw.txt.gz"
    data = gzip.compress("".join(f"Text {i * i}\n" for i in range(99)).encode())
    path.write_bytes(data[:cut])
    with pytest.raises(
        ConfigValidationError, match=r"raw.txt.gz, line \d+: .* the file is damaged"
    ):
        read(path)
    write(tmp_path / "z.txt", "fine")
    assert read(tmp_path, on_error="skip")[-1] == "fine"


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        ('\n{"text": "one"}\n{"text": "two"}\n', ["one", "two"]),
        ("\none\ntwo\n", ["one", "two"]),
        ("", []),
    ],
)
def test_what_comes_in_is_read_once(
    data: str, texts: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(data.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    corpus = RawCorpus(Path("-"))
    assert [*corpus.read(len)] == texts
    with pytest.raises(ConfigValidationError, match="can be read once"):
        [*corpus.read(len)]
    with pytest.raises(ConfigValidationError, match="Write it to a file"):
        create_raw_corpus(Path("-"))
