from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.training import Corpus

from spacy_rehearsal.doc_bins import concatenate

from .util import get_ents, make_doc


def write(path: Path, *docs, **kwargs) -> Path:
    DocBin(docs=docs, **kwargs).to_disk(path)
    return path


def test_concatenates_in_order(tmp_path: Path):
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


def test_leaves_nothing_behind_when_it_fails(tmp_path: Path):
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
