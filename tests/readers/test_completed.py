import random
from pathlib import Path
from typing import List

import pytest
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Corpus, Example
from spacy.training.augment import create_lower_casing_augmenter
from spacy.training.corpus import JsonlCorpus

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import get_ents, make_doc


def test_label_map_and_labels(
    nlp: Language, gold: Corpus, raw: JsonlCorpus, teacher: Teacher
) -> None:
    corpus = RehearsalCorpus(
        gold,
        teacher,
        raw=raw,
        ratio=50,
        labels=["PERSON"],
        label_map={"WEBSITE": "ORG"},
        shuffle=False,
    )
    examples = list(corpus(nlp))
    assert get_ents(examples[0].reference) == [("Ann Lee", "PERSON"), ("Etsy", "ORG")]
    labels = {e.label_ for eg in examples[2:] for e in eg.reference.ents}
    assert labels == {"PERSON"}


def test_says_once_what_could_not_be_aligned(
    nlp: Language, teacher: Teacher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "Nobody in Oslo's harbour reads"
    doc = Doc(
        nlp.vocab,
        words=["Nobody", "in", "Oslo's", "harbour", "reads"],
        spaces=[True] * 4 + [False],
    )
    doc.set_ents([Span(doc, 0, 1, "WHO")])
    assert doc.text == text
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    corpus = RehearsalCorpus(Corpus(tmp_path / "gold.spacy"), teacher)
    with caplog.at_level("WARNING", logger="spacy"):
        for _ in range(2):
            (example,) = corpus(nlp)
    assert corpus.gold.counts == {"unaligned": 1}
    assert [token.ent_iob for token in example.reference] == [3, 2, 0, 2, 2]
    assert len(caplog.records) == 1
    assert "1 of the base model's annotations" in caplog.text


def test_gold_is_read_anew_if_it_is_augmented(
    nlp: Language, gold: Corpus, teacher: Teacher
) -> None:
    corpus = RehearsalCorpus(gold, teacher)
    first, second = (list(corpus(nlp)) for _ in range(2))
    assert {id(eg) for eg in first} == {id(eg) for eg in second}
    augmented = Corpus(gold.path, augmenter=create_lower_casing_augmenter(level=0.5))
    corpus = RehearsalCorpus(augmented, teacher, shuffle=False)
    random.seed(0)
    assert len({eg.text for _ in range(8) for eg in corpus(nlp)}) == 4


def test_labels_are_counted_anew_when_gold_is_read_anew(
    nlp: Language, teacher: Teacher
) -> None:
    """Labels that the gold has belong to the gold, in each reading."""
    texts = [("Ann Lee lives in Oslo", ["Ann Lee"]), ("Bob lives in Oslo", ["Oslo"])]
    readings = iter(texts)

    def read(nlp: Language) -> List[Example]:
        text, names = next(readings)
        doc = make_doc(text, *((name, "GPE") for name in names))
        other = make_doc("We flew to Rome on Sunday")
        return [Example(nlp.make_doc(d.text), d) for d in (doc, other)]

    corpus = RehearsalCorpus(read, teacher, shuffle=False, partial_gold=False)
    for _ in texts:
        _, other = corpus(nlp)
        assert get_ents(other.reference) == [("Sunday", "DATE")]


def test_empty_gold_is_read_once(nlp: Language, teacher: Teacher) -> None:
    calls: List[Language] = []

    def read(nlp: Language) -> List[Example]:
        calls.append(nlp)
        return []

    assert list(RehearsalCorpus(read, teacher)(nlp)) == []
    assert len(calls) == 1
