from pathlib import Path

import pytest

from spacy_rehearsal.files import write_beside


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
