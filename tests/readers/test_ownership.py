"""Whose a label is that gold and teacher have."""

from pathlib import Path
from typing import Any, List, Tuple

import pytest
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import get_ents, make_doc

NEW = [
    make_doc("Ann Lee sold it on Etsy in May", ("Etsy", "WEBSITE")),
    make_doc("Bob Miller saw it on Etsy in Oslo", ("Etsy", "WEBSITE")),
    make_doc("Clara Bow and Bob Miller read Etsy", ("Etsy", "WEBSITE")),
]
OLD = [make_doc("We met Maria Schmidt in Rome", ("Maria Schmidt", "PERSON"))]


def read(
    nlp: Language, teacher: Teacher, path: Path, docs: List[Doc], **settings: Any
) -> Tuple[RehearsalCorpus, List[List[Tuple[str, str]]]]:
    DocBin(docs=docs).to_disk(path / "gold.spacy")
    gold = Corpus(path / "gold.spacy")
    corpus = RehearsalCorpus(gold, teacher, shuffle=False, **settings)
    return corpus, [get_ents(eg.reference) for eg in corpus(nlp)]


def count_persons(texts: List[List[Tuple[str, str]]]) -> int:
    return sum(label == "PERSON" for ents in texts for _, label in ents)


def test_a_few_old_examples_do_not_make_a_label_the_golds_own(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    """As spaCy's course advises: mix in examples of what the model got right before."""
    corpus, texts = read(nlp, teacher, tmp_path, [*NEW, *OLD])
    assert count_persons(texts) == 5
    share = corpus.gold.count_shares(nlp)["ner"]["PERSON"]
    assert (share.n_gold, share.n_more, share.is_seldom) == (1, 4, True)
    assert "gold_label" not in corpus.gold.counts
    assert ("Rome", "GPE") in texts[-1]


def test_a_label_that_is_annotated_throughout_is_the_golds_own(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    """To correct the teacher, which finds two more here: Bob Miller, and Etsy."""
    persons = [
        make_doc("Ann Lee sold it on Etsy in May", ("Ann Lee", "PERSON")),
        make_doc("Clara Bow and Bob Miller read Etsy", ("Clara Bow", "PERSON")),
    ]
    corpus, texts = read(nlp, teacher, tmp_path, [*persons, *OLD])
    assert count_persons(texts) == 3
    share = corpus.gold.count_shares(nlp)["ner"]["PERSON"]
    assert (share.n_gold, share.n_more, share.is_seldom) == (3, 2, False)


MANY = [
    make_doc(f"{name} met Maria Schmidt", (name, "PERSON"), ("Maria Schmidt", "PERSON"))
    for name in ("Ann Lee", "Bob Miller", "John Smith", "Peter Brown")
]


def test_many_old_examples_do_not_either(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    """Half of the texts have all of their persons, the other half has none of them."""
    corpus, texts = read(nlp, teacher, tmp_path, [*NEW * 2, *MANY * 3])
    share = corpus.gold.count_shares(nlp)["ner"]["PERSON"]
    assert share.n_gold == 24 > share.n_more == share.n_elsewhere == 8
    assert share.is_seldom
    assert count_persons(texts) == 32


def test_what_the_teacher_also_adds_beside_the_golds_own_is_wrong(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    """Maria Schmidt is no person here, whether another one is or not."""
    some = [make_doc(doc.text, (doc.ents[0].text, "PERSON")) for doc in MANY[:3]]
    none = make_doc("We met Maria Schmidt in Rome", ("Rome", "GPE"))
    corpus, texts = read(nlp, teacher, tmp_path, [*MANY[:3] * 2, *some, *[none] * 3])
    share = corpus.gold.count_shares(nlp)["ner"]["PERSON"]
    assert (share.n_gold, share.n_more, share.n_elsewhere) == (15, 6, 3)
    assert not share.is_seldom
    assert count_persons(texts) == 15


@pytest.mark.parametrize(
    "partial_gold,n_persons", [(True, 5), (False, 1), (["PERSON"], 5), (["GPE"], 1)]
)
def test_the_setting_decides(
    nlp: Language, teacher: Teacher, tmp_path: Path, partial_gold: Any, n_persons: int
) -> None:
    _, texts = read(nlp, teacher, tmp_path, [*NEW, *OLD], partial_gold=partial_gold)
    assert count_persons(texts) == n_persons


def test_refuses_to_share_a_label_that_the_teacher_does_not_have(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    with pytest.raises(ConfigValidationError, match="the teacher has no label WEBSITE"):
        read(nlp, teacher, tmp_path, NEW, partial_gold=["WEBSITE"])
