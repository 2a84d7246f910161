"""What of a plain text file is a text."""

from pathlib import Path
from typing import List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.raw_text.corpus import RawCorpus
from spacy_rehearsal.readers.raw_text.lines import are_wrapped
from tests.util import BASE_MODEL, run_rehearsal

WRAPPED = """The ferry left the harbour before
the fog had lifted from the old town
of Ostfeld and nobody saw it go.

In the evening the captain of the
Frisia came back on foot.
"""
PARAGRAPHS = [
    "The ferry left the harbour before the fog had lifted from the old town of Ostfeld "
    "and nobody saw it go.",
    "In the evening the captain of the Frisia came back on foot.",
]
ONE_A_LINE = """The ferry left before noon.
we went home after that, all of us
A bus meets the ferry in Lisbon!
lol no
Nobody saw the captain go.
"""


def read(path: Path, text_per: str, **settings: str) -> List[str]:
    return [*RawCorpus(path, text_per=text_per, **settings).read(len)]  # type: ignore[arg-type]


def test_lines_paragraphs_and_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(WRAPPED)
    (tmp_path / "b.txt").write_bytes(b"\r\nOne\r\nmore.\r\n \r\n")
    (tmp_path / "c.txt").write_bytes(b" \n\n")
    assert read(tmp_path, "line") == [
        *filter(None, WRAPPED.split("\n")),
        "One",
        "more.",
    ]
    assert read(tmp_path, "paragraph") == [*PARAGRAPHS, "One more."]
    assert read(tmp_path, "file") == [WRAPPED, "\r\nOne\r\nmore.\r\n \r\n"]


@pytest.mark.parametrize("text_per", ["paragraph", "file"])
def test_a_bad_line_spoils_its_text(text_per: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"One\ncaf\xe9\nmore\n\nTwo\n")
    (tmp_path / "b.txt").write_bytes(b"Three")
    with pytest.raises(ConfigValidationError, match=r"a.txt, line 2: is not UTF-8"):
        read(tmp_path, text_per)
    found = read(tmp_path, text_per, on_error="skip")
    assert found == (["Two"] if text_per == "paragraph" else []) + ["Three"]


def test_what_looks_wrapped() -> None:
    assert are_wrapped(WRAPPED.splitlines())
    for text in (ONE_A_LINE, WRAPPED.replace("\n", " "), "", "one\ntwo"):
        assert not are_wrapped(text.splitlines())
    assert not are_wrapped(["the same long line, in lower case " * 9] * 9)


@pytest.mark.slow
def test_commands_read_paragraphs(tmp_path: Path) -> None:
    raw, out = tmp_path / "a.txt", tmp_path / "out.spacy"
    raw.write_text(WRAPPED)
    args = ("annotate", BASE_MODEL, raw, out, "--text-per", "paragraph")
    assert "2 texts" in " ".join(run_rehearsal(*args).output.split())
    (tmp_path / "names.txt").write_text("Frisia\n")
    names = tmp_path / "names.txt"
    result = run_rehearsal(
        *("bootstrap", names, raw, out, "-L", "SHIP", "-F", "--text-per", "paragraph")
    )
    output = " ".join(result.output.split())
    assert "1 texts with entities (1 SHIP), 1 without" in output
