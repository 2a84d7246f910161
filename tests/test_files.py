from pathlib import Path

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.files import read_jsonl, write_beside


def test_the_file_is_there_at_the_end(tmp_path: Path):
    path = tmp_path / "table.txt"
    path.write_text("old")
    with write_beside(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_of_a_failure(tmp_path: Path):
    path = tmp_path / "table.txt"
    with pytest.raises(KeyboardInterrupt), write_beside(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


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
        list(read_jsonl(["path"], path))
    assert f"{path}, {message}" in str(error.value)


def test_reports_its_progress(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"name": "Åre"}\n\n{"name": "B"}\n', encoding="utf8")
    done = []
    assert len(list(read_jsonl(["path"], path, progress=done.append))) == 2
    assert sum(done) == path.stat().st_size


@pytest.mark.parametrize("name", ["none.jsonl", ""])
def test_missing_lines(tmp_path: Path, name: str):
    with pytest.raises(ConfigValidationError, match="there is no file") as error:
        list(read_jsonl(["path"], tmp_path / name))
    assert str(tmp_path / name) in str(error.value)
