"""Raw text in files whose lines are wrapped."""

from pathlib import Path

import pytest
import spacy
from spacy.training.corpus import PlainTextCorpus
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.paragraphs import are_wrapped, create_paragraph_corpus
from spacy_rehearsal.readers.raw import check_raw_text
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


def test_paragraphs_are_texts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(WRAPPED)
    (tmp_path / "b.txt").write_bytes(b"\r\nOne\r\nmore.\r\n \r\n")
    nlp = spacy.blank("en")
    corpus = create_paragraph_corpus(tmp_path)
    assert [example.text for example in corpus(nlp)] == [*PARAGRAPHS, "One more."]
    corpus = create_paragraph_corpus(tmp_path / "a.txt", min_length=3, max_length=15)
    assert [example.text for example in corpus(nlp)] == PARAGRAPHS[1:]


def test_wrapped_lines_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(ONE_A_LINE)
    check_raw_text(PlainTextCorpus(path), max_length=1000)
    assert not caplog.text
    path.write_text(WRAPPED)
    check_raw_text(PlainTextCorpus(path), max_length=1000)
    assert "a.txt looks as if its lines were wrapped" in caplog.text
    assert "spacy-rehearsal.ParagraphCorpus.v1" in caplog.text


def test_what_looks_wrapped() -> None:
    assert are_wrapped(WRAPPED.splitlines())
    for text in (ONE_A_LINE, WRAPPED.replace("\n", " "), "", "one\ntwo"):
        assert not are_wrapped(text.splitlines())
    assert not are_wrapped(["the same long line, in lower case " * 9] * 9)


@pytest.mark.slow
def test_commands_read_paragraphs(tmp_path: Path) -> None:
    raw, out = tmp_path / "a.txt", tmp_path / "out.spacy"
    raw.write_text(WRAPPED)
    args = ("annotate", BASE_MODEL, raw, out, "--paragraphs")
    assert "2 texts" in " ".join(run_rehearsal(*args).output.split())
    (tmp_path / "names.txt").write_text("Frisia\n")
    names = tmp_path / "names.txt"
    result = run_rehearsal(
        *("bootstrap", names, raw, out, "-L", "SHIP", "-F", "--paragraphs")
    )
    output = " ".join(result.output.split())
    assert "1 texts with entities (1 SHIP), 1 without" in output


def test_bad_paths_and_long_paragraphs(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    for path, message in [
        (tmp_path / "none.txt", "there is no file or directory"),
        (tmp_path / "a.jsonl", r"is no \.txt file, nor a directory of such"),
        (tmp_path, r"is no \.txt file, nor a directory of such"),
    ]:
        with pytest.raises(ConfigValidationError, match=message):
            create_paragraph_corpus(path)
    (tmp_path / "a.txt").write_text("word\n" * 30)
    nlp = spacy.blank("en")
    nlp.max_length = 100
    with pytest.raises(ConfigValidationError, match="a paragraph has 149 characters"):
        list(create_paragraph_corpus(tmp_path)(nlp))
