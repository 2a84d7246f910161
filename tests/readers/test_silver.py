from itertools import cycle, islice
from pathlib import Path
from typing import Any, Iterator, List

import pytest
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Corpus, Example
from spacy.training.corpus import JsonlCorpus, PlainTextCorpus

from spacy_rehearsal.readers.completed import Reader
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.sampling import get_split
from spacy_rehearsal.readers.source import get_source
from spacy_rehearsal.teacher.teacher import Teacher
from tests.readers.util import get_texts, read_texts
from tests.util import make_doc


def test_fixed_sample_is_the_same_on_each_call(
    nlp: Language, gold: Corpus, raw: JsonlCorpus, teacher: Teacher
) -> None:
    def draw(seed: int) -> Any:
        corpus = RehearsalCorpus(
            gold, teacher, raw=raw, ratio=20, fresh=False, shuffle=False, seed=seed
        )
        calls = [get_texts(corpus(nlp), "silver") for _ in range(2)]
        assert calls[0] == calls[1]
        return calls[0]

    assert draw(seed=1) == draw(seed=1)
    assert draw(seed=1) != draw(seed=2)
    assert len(set(draw(seed=1))) == len(draw(seed=1))


def test_fixed_sample_is_drawn_from_all_of_the_raw_text(
    nlp: Language, gold: Corpus, raw: JsonlCorpus, teacher: Teacher
) -> None:
    """By the tokens that are asked for, and the end of the file is not cut off."""
    n_words = 3000
    corpus = RehearsalCorpus(
        gold, teacher, raw=raw, ratio=0, min_silver=n_words, fresh=False, shuffle=False
    )
    silver = [eg for eg in corpus(nlp) if get_source(eg) == "silver"]
    n_drawn = sum(map(len, silver))
    assert n_words <= n_drawn < n_words + 100
    assert corpus.silver is not None
    assert [eg.text for eg in silver] == corpus.silver.get_sample(nlp, n_words)
    texts = [eg.text for eg in raw(nlp)]
    last_sixth = set(texts[-len(texts) // 6 :])
    assert len([eg for eg in silver if eg.text in last_sixth]) > len(silver) / 12


def test_all_of_spacys_raw_readers_work(
    nlp: Language, gold: Corpus, teacher: Teacher, websites: Path, tmp_path: Path
) -> None:
    texts = read_texts(websites)[:50]
    (tmp_path / "raw.txt").write_text("\n\n".join(texts), encoding="utf8")
    docs = [make_doc(text) for text in texts]
    docs[0].set_ents([docs[0][0:1]], default="outside")
    DocBin(docs=docs).to_disk(tmp_path / "raw.spacy")
    readers: List[Reader] = [
        PlainTextCorpus(tmp_path / "raw.txt"),
        Corpus(tmp_path / "raw.spacy"),
    ]
    for raw in readers:
        corpus = RehearsalCorpus(gold, teacher, raw=raw, ratio=10, shuffle=False)
        silver = [eg for eg in corpus(nlp) if get_source(eg) == "silver"]
        assert [eg.text for eg in silver] == texts[: len(silver)]


class EndlessReader:
    """Yields the same texts again and again, and counts them."""

    def __init__(self, texts: List[str]) -> None:
        self.texts = texts
        self.n_read = 0

    def __call__(self, nlp: Language) -> Iterator[Example]:
        for text in cycle(self.texts):
            self.n_read += 1
            doc = nlp.make_doc(text)
            yield Example(doc, doc)


def test_raw_text_is_streamed(
    nlp: Language, gold: Corpus, teacher: Teacher, websites: Path
) -> None:
    raw = EndlessReader(read_texts(websites))
    corpus = RehearsalCorpus(gold, teacher, raw=raw, shuffle=False)
    for _ in range(3):
        list(corpus(nlp))
    assert raw.n_read < 2000


def test_raw_text_is_streamed_within_an_epoch(
    nlp: Language, gold: Corpus, teacher: Teacher, websites: Path
) -> None:
    raw = EndlessReader(read_texts(websites))
    corpus = RehearsalCorpus(gold, teacher, raw=raw, min_silver=10**9)
    assert len(list(islice(corpus(nlp), 50))) == 50
    assert raw.n_read < 5000


def test_components_that_annotate_get_docs_with_their_vocab(
    nlp: Language,
    gold: Corpus,
    raw: JsonlCorpus,
    teacher: Teacher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("spacy_rehearsal.teacher.vocab_limit.MAX_NEW_STRINGS", -1)

    def have_its_vocab(**settings: Any) -> bool:
        corpus = RehearsalCorpus(gold, teacher, raw=raw, min_silver=50, **settings)
        [has] = {
            eg.predicted.vocab is eg.reference.vocab is nlp.vocab
            for eg in corpus(nlp)
            if get_source(eg) == "silver"
        }
        return has

    assert not have_its_vocab()
    # all components annotate the dev data
    assert have_its_vocab(fresh=False)
    nlp.config["training"]["annotating_components"] = ["tagger"]
    assert have_its_vocab()


def test_splits_of_the_raw_text_are_stable_and_disjoint(
    nlp: Language, gold: Corpus, teacher: Teacher, websites: Path
) -> None:
    def read(split: Any) -> Any:
        corpus = RehearsalCorpus(
            gold,
            teacher,
            raw=JsonlCorpus(websites / "raw.jsonl"),
            ratio=10**6,
            fresh=False,
            split=split,
        )
        return set(get_texts(corpus(nlp), "silver"))

    train, dev = read("train"), read("dev")
    assert not train & dev
    assert train | dev == read(None) == set(read_texts(websites))
    assert 0.07 < len(dev) / len(train | dev) < 0.13
    assert dev == {text for text in train | dev if get_split(text) == "dev"}
