"""Entities of the gold that do not fit the tokens of the pipeline."""

from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Corpus

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import get_ents


def test_white_space_is_cut_off(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    """spaCy has no action for an entity that begins or ends with it."""
    words = ["Read", "\n", "Etsy", " ", "and", "\n\n", "Ebay"]
    doc = Doc(nlp.vocab, words=words, spaces=[False] * 3 + [False, True, False, False])
    space = Span(doc, 5, 6, "WEBSITE")
    doc.set_ents([Span(doc, 1, 4, "WEBSITE"), space, Span(doc, 6, 7, "WEBSITE")])
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    corpus = RehearsalCorpus(Corpus(tmp_path / "gold.spacy"), teacher)
    [example] = corpus(nlp)
    assert get_ents(example.reference) == [("Etsy", "WEBSITE"), ("Ebay", "WEBSITE")]
    assert example.get_aligned_ner().count("U-WEBSITE") == 2
    assert corpus.gold.fit.trimmed == {"ner": {"WEBSITE": 2}}
    assert corpus.gold.fit.unaligned == {}


def test_a_text_with_a_tag_is_annotated(token_model: Path, tmp_path: Path) -> None:
    """One tag in the middle was less than the spaces around the other words."""
    nlp = spacy.load(token_model)
    words = ["Look", "at", "#sun", "now", "."]
    docs = [
        Doc(nlp.vocab, words=words, tags=tags)
        for tags in (["", "", "NNP", "", ""], [""] * 5)
    ]
    DocBin(docs=docs).to_disk(tmp_path / "gold.spacy")
    corpus = RehearsalCorpus(
        Corpus(tmp_path / "gold.spacy"),
        Teacher(token_model, components=["tagger"]),
        component="tagger",
    )
    corpus.gold.count_labels(nlp)
    assert corpus.gold.fit.open["tagger"] == 1
