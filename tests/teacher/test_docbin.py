from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Corpus
from spacy.vocab import Vocab

from spacy_rehearsal.teacher.docbin import (
    Contents,
    LeanDocBin,
    concatenate,
    pack,
    read_contents,
)
from tests.util import get_ents, make_doc


def write(path: Path, *docs: Doc, **kwargs: Any) -> Path:
    contents = Contents(path.stem, len(docs), sum(map(len, docs)), {"GPE": len(docs)})
    path.write_bytes(pack(DocBin(docs=docs, **kwargs), contents))
    return path


def test_concatenates_in_order(tmp_path: Path) -> None:
    docs = [make_doc(f"Number {i} lives in Oslo.", ("Oslo", "GPE")) for i in range(5)]
    docs[3].cats["city"] = 1.0
    docs[4].spans["sc"] = [docs[4][0:2]]
    empty = spacy.blank("en").make_doc("")
    paths = [
        write(tmp_path / "a.spacy", *docs[:2]),
        write(tmp_path / "b.spacy"),
        write(tmp_path / "c.spacy", *docs[2:], empty),
    ]
    concatenate(paths, tmp_path / "all.spacy")
    nlp = spacy.blank("en")
    found = list(DocBin().from_disk(tmp_path / "all.spacy").get_docs(nlp.vocab))
    assert [doc.text for doc in found] == [doc.text for doc in [*docs, empty]]
    assert [get_ents(doc) for doc in found[:5]] == [[("Oslo", "GPE")]] * 5
    assert found[3].cats == {"city": 1.0}
    assert [span.text for span in found[4].spans["sc"]] == ["Number 4"]
    assert len(list(Corpus(tmp_path / "all.spacy")(nlp))) == 5
    merged = DocBin().from_disk(paths[0])
    merged.merge(DocBin().from_disk(paths[2]))
    assert DocBin().from_disk(tmp_path / "all.spacy").strings == merged.strings
    contents = read_contents((tmp_path / "all.spacy").read_bytes())
    n_words = sum(map(len, docs))
    assert contents[1:] == (6, n_words, {"GPE": 6})
    concatenate(paths[:1], tmp_path / "some.spacy")
    assert read_contents((tmp_path / "some.spacy").read_bytes()).key != contents.key


def test_files_that_say_nothing_of_themselves_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.spacy", make_doc("Oslo"))
    data = path.read_bytes()
    for i in range(len(data)):
        with pytest.raises(ValueError, match=r"\w"):
            read_contents(data[:i])
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    for wrong in (DocBin(docs=[make_doc("Oslo")]).to_bytes(), b"", damaged):
        with pytest.raises(ValueError, match=r"\w"):
            read_contents(wrong)


def test_leaves_nothing_behind_when_it_fails(tmp_path: Path) -> None:
    doc = make_doc("Oslo")
    paths = [
        write(tmp_path / "a.spacy", doc, attrs=["ENT_IOB"]),
        write(tmp_path / "b.spacy", doc, attrs=["TAG"]),
    ]
    with pytest.raises(ValueError, match="other attributes"):
        concatenate(paths, tmp_path / "all.spacy")
    with pytest.raises(ValueError, match="no file"):
        concatenate([], tmp_path / "all.spacy")
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_lean_files_hold_what_others_hold(tmp_path: Path) -> None:
    doc = make_doc("Ann lives in Oslo.", ("Ann", "PERSON"), ("Oslo", "CITY_X"))
    doc.cats["city"] = 1.0
    doc.spans["sc"] = [Span(doc, 0, 2, label="SPAN_X", span_id="one", kb_id="Q585")]
    docs = [doc, spacy.blank("en").make_doc("")]
    attrs = ["ENT_IOB", "ENT_TYPE"]
    lean, whole = LeanDocBin(attrs=attrs, docs=docs), DocBin(attrs=attrs, docs=docs)
    assert lean.strings < whole.strings
    (tmp_path / "lean.spacy").write_bytes(lean.to_bytes())
    found, empty = DocBin().from_disk(tmp_path / "lean.spacy").get_docs(Vocab())
    assert (found.text, empty.text) == (doc.text, "")
    assert get_ents(found) == get_ents(doc)
    assert found.cats == doc.cats
    (span,) = found.spans["sc"]
    assert (span.text, span.label_, span.id_) == ("Ann lives", "SPAN_X", "one")
    assert span.kb_id_ == "Q585"
