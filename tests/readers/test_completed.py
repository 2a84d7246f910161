import random
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Corpus
from spacy.training.augment import create_lower_casing_augmenter
from spacy.training.corpus import JsonlCorpus

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import get_ents


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
    assert "1 of the teacher's annotations" in caplog.text


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
