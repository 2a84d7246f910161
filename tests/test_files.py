import subprocess
import sys
from pathlib import Path
from typing import List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.files import has_doc_bins, read_jsonl, write_beside


def test_the_file_is_there_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("old")
    with write_beside(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_of_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    with pytest.raises(KeyboardInterrupt), write_beside(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


LEAVE = """
import os, sys
from pathlib import Path
from spacy_rehearsal.files import write_beside

with write_beside(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_leaves_goes_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    subprocess.run([sys.executable, "-c", LEAVE, path])
    assert len(list(tmp_path.iterdir())) == 1
    with write_beside(path) as outer:
        outer.write_text("outer")
        # what another process is about to write stays
        with write_beside(path) as inner:
            inner.write_text("inner")
        assert path.read_text() == "inner"
    assert path.read_text() == "outer"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "data,message",
    [
        (b'{"name": "A"}\n{"name": "B"', "line 2: is not valid JSON"),
        (b'{"name": "A"}\n\xff\xfe\n', "line 2: is not UTF-8"),
    ],
)
def test_bad_jsonl(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    with pytest.raises(ConfigValidationError) as error:
        list(read_jsonl(["path"], path))
    assert f"{path}, {message}" in str(error.value)


def test_reports_its_progress(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"name": "Åre"}\n\n{"name": "B"}\n', encoding="utf8")
    done: List[int] = []
    assert len(list(read_jsonl(["path"], path, progress=done.append))) == 2
    assert sum(done) == path.stat().st_size


@pytest.mark.parametrize("name", ["none.jsonl", ""])
def test_missing_lines(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigValidationError, match="there is no file") as error:
        list(read_jsonl(["path"], tmp_path / name))
    assert str(tmp_path / name) in str(error.value)


def test_hidden_files_are_looked_over(tmp_path: Path) -> None:
    checkpoints = tmp_path / ".ipynb_checkpoints"
    checkpoints.mkdir()
    (checkpoints / "train.spacy").touch()
    (tmp_path / "train.jsonl").touch()
    assert not has_doc_bins(tmp_path)
    assert has_doc_bins(checkpoints)
    assert has_doc_bins(tmp_path / "train.spacy")
    assert not has_doc_bins(tmp_path / "train.jsonl")


@pytest.mark.parametrize("name", ["ner.json", "convert.py"])
def test_what_may_be_no_annotations_is_named(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "train.spacy").touch()
    (tmp_path / name).touch()
    assert has_doc_bins(tmp_path)
    assert f"{tmp_path / name} is not read" in caplog.text


def test_annotations_of_two_kinds_are_refused(tmp_path: Path) -> None:
    name = "new.jsonl"
    (tmp_path / "old.spacy").touch()
    (tmp_path / "raw.txt").touch()
    assert has_doc_bins(tmp_path)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / name).touch()
    with pytest.raises(ConfigValidationError) as error:
        has_doc_bins(tmp_path)
    for expected in (str(tmp_path / "old.spacy"), str(tmp_path / "more" / name)):
        assert expected in str(error.value)
    assert "Give one of them, or a directory of one kind" in str(error.value)


def test_a_directory_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "model"
    for name in ("first", "second"):
        with write_beside(path) as temporary:
            temporary.mkdir()
            (temporary / name).write_text(name)
    with pytest.raises(KeyboardInterrupt), write_beside(path) as temporary:
        temporary.mkdir()
        raise KeyboardInterrupt
    assert [p.name for p in path.iterdir()] == ["second"]
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
