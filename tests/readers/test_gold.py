from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.gold import read_docs, read_gold
from tests.readers.formats.util import (
    ENTITIES,
    PRODIGY_BINARY,
    SIMPLE,
    TEXT,
    write_jsonl,
)
from tests.util import make_doc

NLP = spacy.blank("en")


def test_reads_spacy_files(tmp_path: Path) -> None:
    doc = make_doc("Sold on Etsy.", ("Etsy", "WEBSITE"))
    DocBin(docs=[doc]).to_disk(tmp_path / "data.spacy")
    [text] = read_gold(tmp_path / "data.spacy", NLP)
    assert text.entities == [(8, 12, "WEBSITE")]
    assert text.is_complete
    assert text.place == f"{tmp_path / 'data.spacy'}, text 1"
    assert read_gold(tmp_path, NLP)[0].place == text.place


def test_reads_what_tools_write(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", SIMPLE, [TEXT, {"cats": {"job": 1.0}}])
    write_jsonl(tmp_path / "b.jsonl", PRODIGY_BINARY)
    simple, unannotated, binary = read_gold(tmp_path, NLP)
    assert (simple.entities, simple.is_complete) == (ENTITIES, True)
    assert simple.place == f"{path}, line 1"
    assert (unannotated.entities, unannotated.is_complete) == ([], False)
    assert (binary.entities, binary.is_complete) == ([(10, 15, "WEBSITE")], False)


def test_hidden_spacy_files_hide_nothing(tmp_path: Path) -> None:
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "train.spacy").write_text("no DocBin")
    write_jsonl(tmp_path / "train.jsonl", SIMPLE)
    assert [text.entities for text in read_gold(tmp_path, NLP)] == [ENTITIES]


def test_annotations_of_two_kinds_are_refused(tmp_path: Path) -> None:
    DocBin(docs=[make_doc("Sold on Etsy.")]).to_disk(tmp_path / "data.spacy")
    write_jsonl(tmp_path / "train.jsonl", SIMPLE)
    with pytest.raises(ConfigValidationError, match=r"data\.spacy and .*train\.jsonl"):
        read_gold(tmp_path, NLP)


def test_broken_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.spacy").write_text("no DocBin")
    for read in (read_gold, read_docs):
        with pytest.raises(ConfigValidationError, match=r"broken\.spacy can't be read"):
            read(tmp_path / "broken.spacy", NLP)
