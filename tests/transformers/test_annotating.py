"""The teacher behind a transformer."""

from collections import Counter
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_rehearsal.teacher.teacher import Teacher
from tests.transformers.conftest import RAW
from tests.util import get_ents, run_rehearsal


@pytest.mark.parametrize("n_process", [1, 2])
def test_annotate_keeps_nothing_of_the_transformer(
    base_model: Path, data: Path, tmp_path: Path, n_process: int
) -> None:
    output = tmp_path / "silver.spacy"
    run_rehearsal(
        *("annotate", base_model, data / "raw.jsonl", output, "-c", "ner"),
        *("-c", "tagger", "--n-process", n_process),
    )
    nlp = spacy.load(base_model)
    docs = list(DocBin(store_user_data=True).from_disk(output).get_docs(nlp.vocab))
    assert [doc.text for doc in docs] == RAW
    for doc, expected in zip(docs, nlp.pipe(RAW)):
        assert get_ents(doc) == get_ents(expected)
        assert [t.tag_ for t in doc] == [t.tag_ for t in expected]
        assert not doc.user_data


def test_the_teachers_networks_share_what_they_hear(
    base_model: Path, encoded: "Counter[str]"
) -> None:
    teacher = Teacher(base_model, components=["ner", "parser", "tagger"])
    found = list(teacher.predict(RAW))
    nlp = spacy.load(base_model)
    docs = [nlp.make_doc(text) for text in RAW]
    for name in ("ner", "parser"):
        teacher.get_network(name).predict(docs)
    assert encoded == Counter(RAW)
    for doc, expected in zip(found, nlp.pipe(RAW)):
        assert get_ents(doc) == get_ents(expected)
        assert [t.dep_ for t in doc] == [t.dep_ for t in expected]
    assert not any(doc.user_data for doc in docs)


def test_a_transformer_that_reads_sentences_is_refused(
    base_model: Path, package: str, tmp_path: Path
) -> None:
    if package != "transformer":
        pytest.skip("those of spacy-curated-transformers read no sentences")
    nlp = spacy.load(base_model)
    nlp.config["components"]["transformer"]["model"]["get_spans"] = {
        "@span_getters": "spacy-transformers.sent_spans.v1"
    }
    nlp.to_disk(tmp_path / "base")
    result = run_rehearsal("init-config", tmp_path / "base", "-", status=1)
    message = " ".join(result.output.split())
    assert "listens to spacy-transformers.sent_spans.v1 of a transformer" in message
