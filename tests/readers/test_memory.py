import json
from collections import Counter
from pathlib import Path
from typing import Any, List

import pytest
from spacy.language import Language
from spacy.training import Corpus
from spacy.training.corpus import PlainTextCorpus

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.simple import SimpleCorpus
from spacy_rehearsal.readers.source import get_source
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import get_ents

# the teacher finds all of these persons, places and days
RECORDS: List[Any] = [
    # somebody who annotated places, and took Rome for none
    ["Ann Lee flew from Oslo to Rome on Sunday.", {"entities": [[18, 22, "GPE"]]}],
    # somebody who annotated persons by their full names
    ["Bob met Peter Lee in Oslo on Monday.", {"entities": [[8, 17, "PERSON"]]}],
]


@pytest.fixture
def memory(tmp_path: Path) -> SimpleCorpus:
    path = tmp_path / "memory.jsonl"
    path.write_text("\n".join(map(json.dumps, RECORDS)))
    return SimpleCorpus(path)


def test_each_text_owns_its_labels_and_the_teacher_adds_the_others(
    nlp: Language, gold: Corpus, memory: SimpleCorpus, teacher: Teacher
) -> None:
    corpus = RehearsalCorpus(gold, teacher, memory=memory, shuffle=False)
    for _ in range(2):
        examples = list(corpus(nlp))
        sources = [get_source(example) for example in examples]
        assert sources == ["gold", "gold", "memory", "memory"]
        assert get_ents(examples[2].reference) == [
            ("Ann Lee", "PERSON"),
            ("Oslo", "GPE"),
            ("Sunday", "DATE"),
        ]
        assert get_ents(examples[3].reference) == [
            ("Peter Lee", "PERSON"),
            ("Oslo", "GPE"),
            ("Monday", "DATE"),
        ]
    assert corpus.memory is not None
    assert corpus.memory.counts == {"added": 4, "gold_label": 4}


def test_its_labels_are_mapped_as_those_of_the_gold(
    nlp: Language, gold: Corpus, memory: SimpleCorpus, teacher: Teacher
) -> None:
    label_map = {"PERSON": "ORG"}
    corpus = RehearsalCorpus(
        gold, teacher, memory=memory, label_map=label_map, shuffle=False
    )
    *_, last = corpus(nlp)
    assert ("Peter Lee", "ORG") in get_ents(last.reference)
    assert ("Bob", "PERSON") in get_ents(last.reference)


@pytest.mark.parametrize("min_silver,n_raw", [(60, 42), (20, 12)])
def test_takes_the_place_of_raw_text_of_half_of_it_at_most(
    nlp: Language,
    gold: Corpus,
    memory: SimpleCorpus,
    teacher: Teacher,
    tmp_path: Path,
    min_silver: int,
    n_raw: int,
) -> None:
    (tmp_path / "raw.txt").write_text("It rained.\n" * 30)
    raw = PlainTextCorpus(tmp_path / "raw.txt")
    corpus = RehearsalCorpus(
        gold, teacher, raw=raw, memory=memory, ratio=0, min_silver=min_silver
    )
    for _ in range(2):
        n_words: Counter[Any] = Counter()
        for example in corpus(nlp):
            n_words[get_source(example)] += len(example)
        # whole texts of three words
        assert n_words["memory"] == 19
        assert n_words["silver"] == n_raw
