"""The annotations of brat."""

from pathlib import Path

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.formats.registry import read_annotated
from spacy_rehearsal.readers.formats.tally import Tally
from tests.readers.formats.util import ENTITIES, TEXT

LINES = "T1\tPERSON 0 4\tLena\nT2\tWEBSITE 20 24\tEtsy\n"


@pytest.mark.parametrize("name", ["", "a.ann", "a.txt"])
def test_brat(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(f"{TEXT}\r\nNothing.".encode())
    (tmp_path / "a.ann").write_text(LINES)
    [annotated] = read_annotated(tmp_path / name)
    assert annotated.text == f"{TEXT}\r\nNothing."
    assert annotated.entities == ENTITIES


def test_what_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "a.ann").write_text(
        f"{LINES}T3\tORG 10 15;20 24\tBosch Etsy\nR1\tSells Arg1:T1 Arg2:T2\n"
        "R2\tSells Arg1:T2 Arg2:T1\nE1\tLeave:T1 Who:T1\nA1\tSure T1\n"
        "N1\tReference T1 Wiki:Q1\tLena\n#1\tAnnotatorNotes T1\tsure?\n"
    )
    tally = Tally()
    [annotated] = read_annotated(tmp_path, tally=tally)
    assert annotated.entities == ENTITIES
    assert (tally.in_file, tally.read) == (3, 2)
    assert "'10 15;20 24'" in tally.bad[0]
    assert tally.unread == {
        **{"relations": 2, "events": 1, "attributes": 1, "normalizations": 1}
    }


def test_broken_files(tmp_path: Path) -> None:
    (tmp_path / "a.ann").write_text("T1 PERSON 0 4 Lena\n")
    with pytest.raises(ConfigValidationError, match=r"there is no a\.txt beside"):
        list(read_annotated(tmp_path))
    (tmp_path / "a.txt").write_text(TEXT)
    with pytest.raises(ConfigValidationError, match="line 1: expected T1, label and o"):
        list(read_annotated(tmp_path))
