import random
from collections import Counter
from itertools import cycle, islice
from pathlib import Path
from typing import Iterator, List

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Corpus, Example
from spacy.training.augment import create_lower_casing_augmenter
from spacy.training.corpus import JsonlCorpus, PlainTextCorpus
from spacy.util import registry
from thinc.api import Config, ConfigValidationError

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.sampling import draw_sample, get_split, shuffle_in_buffer
from spacy_rehearsal.readers.source import SOURCE_KEY, get_source
from tests.util import BASE_MODEL, get_ents, make_doc, make_docs

ANNOTATED = [
    ("Ann Lee sold it on Etsy in May", {"entities": [[19, 23, "WEBSITE"]]}),
    ("Nobody in Oslo reads the manual", {"entities": []}),
]


@pytest.fixture
def gold(tmp_path: Path) -> Corpus:
    DocBin(docs=make_docs(ANNOTATED)).to_disk(tmp_path / "gold.spacy")
    return Corpus(tmp_path / "gold.spacy")


@pytest.fixture
def raw(websites: Path) -> JsonlCorpus:
    return JsonlCorpus(websites / "raw.jsonl")


def read_texts(websites: Path):
    return [record["text"] for record in srsly.read_jsonl(websites / "raw.jsonl")]


def get_texts(examples, source):
    return [eg.text for eg in examples if get_source(eg) == source]


def test_completes_gold_and_annotates_raw(nlp, gold, raw, teacher, base):
    examples = list(RehearsalCorpus(gold, teacher, raw=raw, shuffle=False)(nlp))
    assert [get_source(eg) for eg in examples[:3]] == ["gold", "gold", "silver"]
    assert get_ents(examples[0].reference) == [
        ("Ann Lee", "PERSON"),
        ("Etsy", "WEBSITE"),
        ("May", "DATE"),
    ]
    assert get_ents(examples[1].reference) == [("Oslo", "GPE")]
    for example in examples[2:]:
        assert get_ents(example.reference) == get_ents(base(example.text))
    assert all(get_ents(eg.predicted) == [] for eg in examples)
    assert all("-" not in eg.get_aligned_ner() for eg in examples)


@pytest.mark.parametrize("ratio", [0.5, 3.0])
def test_ratio_counts_words(nlp, websites, raw, teacher, ratio: float):
    gold = Corpus(websites / "train.spacy", limit=100)
    n_words: Counter = Counter()
    for example in RehearsalCorpus(gold, teacher, raw=raw, ratio=ratio)(nlp):
        n_words[get_source(example)] += len(example)
    assert n_words["silver"] / n_words["gold"] == pytest.approx(ratio, rel=0.05)


@pytest.mark.parametrize("min_silver,n_silver", [(5000, 5000), (10, 1000)])
def test_little_gold_gets_more_silver(
    nlp, websites, raw, teacher, min_silver: int, n_silver: int
):
    gold = Corpus(websites / "train.spacy", limit=100)
    ratio = 1000 / sum(len(example) for example in gold(nlp))
    corpus = RehearsalCorpus(gold, teacher, raw=raw, ratio=ratio, min_silver=min_silver)
    silver = [eg for eg in corpus(nlp) if get_source(eg) == "silver"]
    assert sum(map(len, silver)) == pytest.approx(n_silver, rel=0.05)


def test_each_epoch_has_all_gold_and_fresh_raw_text(nlp, websites, raw, teacher):
    gold = Corpus(websites / "train.spacy", limit=400)
    n_gold = len(list(gold(nlp)))
    texts = read_texts(websites)
    corpus = RehearsalCorpus(gold, teacher, raw=raw)
    epochs = [list(corpus(nlp)) for _ in range(4)]
    assert all(len(get_texts(epoch, "gold")) == n_gold for epoch in epochs)
    slices = [set(get_texts(epoch, "silver")) for epoch in epochs]
    assert not slices[0] & slices[1]
    assert slices[0] | slices[1] | slices[2] | slices[3] == set(texts)
    in_order = RehearsalCorpus(gold, teacher, raw=raw, shuffle=False)
    shown = [text for _ in range(4) for text in get_texts(in_order(nlp), "silver")]
    assert len(shown) > len(texts)
    assert shown == (texts * 2)[: len(shown)]


def test_fixed_sample_is_the_same_on_each_call(nlp, gold, raw, teacher):
    def draw(seed: int):
        corpus = RehearsalCorpus(
            gold, teacher, raw=raw, ratio=20, fresh=False, shuffle=False, seed=seed
        )
        calls = [get_texts(corpus(nlp), "silver") for _ in range(2)]
        assert calls[0] == calls[1]
        return calls[0]

    assert draw(seed=1) == draw(seed=1)
    assert draw(seed=1) != draw(seed=2)
    assert len(set(draw(seed=1))) == len(draw(seed=1))


def test_fixed_sample_is_drawn_from_all_of_the_raw_text(nlp, gold, raw, teacher):
    """By the tokens that are asked for, and the end of the file is not cut off."""
    n_words = 3000
    corpus = RehearsalCorpus(
        gold, teacher, raw=raw, ratio=0, min_silver=n_words, fresh=False, shuffle=False
    )
    silver = [eg for eg in corpus(nlp) if get_source(eg) == "silver"]
    n_drawn = sum(map(len, silver))
    assert n_words <= n_drawn < n_words + 100
    assert corpus.silver is not None
    assert [eg.text for eg in silver] == corpus.silver.get_sample(n_words)
    texts = [eg.text for eg in raw(nlp)]
    last_sixth = set(texts[-len(texts) // 6 :])
    assert len([eg for eg in silver if eg.text in last_sixth]) > len(silver) / 12


def test_same_seed_gives_the_same_order(nlp, websites, raw, teacher):
    def read(seed: int):
        gold = Corpus(websites / "train.spacy", limit=50)
        corpus = RehearsalCorpus(gold, teacher, raw=raw, seed=seed)
        return [[eg.text for eg in corpus(nlp)] for _ in range(2)]

    assert read(seed=0) == read(seed=0)
    assert read(seed=0) != read(seed=1)
    assert read(seed=0)[0] != read(seed=0)[1]


def test_all_of_spacys_raw_readers_work(nlp, gold, teacher, websites, tmp_path):
    texts = read_texts(websites)[:50]
    (tmp_path / "raw.txt").write_text("\n\n".join(texts), encoding="utf8")
    docs = [make_doc(text) for text in texts]
    docs[0].set_ents([docs[0][0:1]], default="outside")
    DocBin(docs=docs).to_disk(tmp_path / "raw.spacy")
    readers = [PlainTextCorpus(tmp_path / "raw.txt"), Corpus(tmp_path / "raw.spacy")]
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


def test_raw_text_is_streamed(nlp, gold, teacher, websites):
    raw = EndlessReader(read_texts(websites))
    corpus = RehearsalCorpus(gold, teacher, raw=raw, shuffle=False)
    for _ in range(3):
        list(corpus(nlp))
    assert raw.n_read < 2000


def test_raw_text_is_streamed_within_an_epoch(nlp, gold, teacher, websites):
    raw = EndlessReader(read_texts(websites))
    corpus = RehearsalCorpus(gold, teacher, raw=raw, min_silver=10**9)
    assert len(list(islice(corpus(nlp), 50))) == 50
    assert raw.n_read < 5000


def test_components_that_annotate_get_docs_with_their_vocab(
    nlp, gold, raw, teacher, monkeypatch
):
    monkeypatch.setattr("spacy_rehearsal.teacher.vocab_limit.MAX_NEW_STRINGS", -1)

    def have_its_vocab(**settings) -> bool:
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


@pytest.mark.parametrize(
    "settings", [{}, {"fresh": False}, {"fresh": False, "ratio": 50}]
)
def test_shuffling_spreads_the_gold_over_the_epoch(
    nlp, websites, sample, teacher, settings
):
    """Also where the raw text has fewer words than the ratio asks for."""
    gold = Corpus(websites / "train.spacy", limit=100)
    raw = JsonlCorpus(sample / "raw.jsonl")
    corpus = RehearsalCorpus(gold, teacher, raw=raw, **settings)
    sources = [get_source(eg) for eg in corpus(nlp)]
    quarter = len(sources) // 4
    for i in range(4):
        share = sources[i * quarter : (i + 1) * quarter].count("gold") / 100
        assert 0.1 < share < 0.4


def test_label_map_and_labels(nlp, gold, raw, teacher):
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


def test_source_never_reaches_a_saved_pipeline(nlp, gold, raw, teacher, tmp_path):
    examples = list(RehearsalCorpus(gold, teacher, raw=raw)(nlp))
    with nlp.select_pipes(enable="ner"):
        nlp.update(examples, sgd=nlp.resume_training())
        scores = nlp.evaluate(examples)
    assert scores["ents_f"] > 0
    nlp.to_disk(tmp_path / "saved")
    for path in (tmp_path / "saved").rglob("*"):
        assert path.is_dir() or SOURCE_KEY.encode() not in path.read_bytes()


def test_resolves_from_a_config_with_one_teacher_for_both_corpora(nlp, websites):
    config = Config().from_str(
        f"""
        [corpora]
        [corpora.train]
        @readers = "spacy-rehearsal.RehearsalCorpus.v1"
        [corpora.train.gold]
        @readers = "spacy.Corpus.v1"
        gold_preproc = false
        path = "{websites}/train.spacy"
        [corpora.train.raw]
        @readers = "spacy.JsonlCorpus.v1"
        path = "{websites}/raw.jsonl"
        [corpora.train.teacher]
        @misc = "spacy-rehearsal.Teacher.v1"
        base_model = "{BASE_MODEL}"
        [corpora.dev]
        @readers = "spacy-rehearsal.RehearsalCorpus.v1"
        gold = ${{corpora.train.gold}}
        teacher = ${{corpora.train.teacher}}
        """
    )
    corpora = registry.resolve(config.interpolate())["corpora"]
    assert corpora["train"].teacher is corpora["dev"].teacher
    assert {get_source(eg) for eg in corpora["dev"](nlp)} == {"gold"}
    assert {get_source(eg) for eg in corpora["train"](nlp)} == {"gold", "silver"}


@pytest.mark.parametrize(
    "settings,message",
    [
        ({"ratio": -1}, "must be 0 or more"),
        ({"min_silver": -1}, "must be 0 or more"),
        ({"split": "test"}, "must be .train. or .dev."),
        ({"component": "parser"}, "none of the teacher's components"),
        ({"labels": ["WEBSITE"]}, "the teacher has no label WEBSITE"),
    ],
)
def test_refuses_settings_that_make_no_sense(gold, teacher, settings, message):
    with pytest.raises(ConfigValidationError, match=message):
        RehearsalCorpus(gold, teacher, **settings)


def test_refuses_a_pipeline_that_does_not_fit(gold, teacher):
    corpus = RehearsalCorpus(gold, teacher)
    with pytest.raises(ConfigValidationError, match="is a pipeline for 'en'"):
        list(corpus(spacy.blank("de")))
    with pytest.raises(ConfigValidationError, match="has no 'ner'"):
        list(corpus(spacy.blank("en")))


def test_shuffle_in_buffer_is_a_permutation():
    items = list(range(1000))
    shuffled = list(shuffle_in_buffer(items, random.Random(0), size=100))
    assert shuffled != items
    assert sorted(shuffled) == items
    endless = shuffle_in_buffer(iter(int, 1), random.Random(0), size=10)
    assert list(islice(endless, 3)) == [0, 0, 0]


def test_draw_sample_reaches_all_of_the_stream():
    texts = [f"one two three {i}" for i in range(1000)]
    counts: Counter = Counter()

    def count_words(text: str) -> int:
        return len(text.split())

    for seed in range(200):
        sample = draw_sample(texts, 40, count_words=count_words, seed=seed)
        assert len(sample) == 10
        counts.update(int(text.split()[-1]) // 250 for text in sample)
    assert all(400 < counts[quarter] < 600 for quarter in range(4))
    assert draw_sample(texts, 10**9, count_words=count_words, seed=0) == texts


def test_splits_of_the_raw_text_are_stable_and_disjoint(nlp, gold, teacher, websites):
    def read(split):
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


def test_says_once_what_could_not_be_aligned(nlp, teacher, tmp_path, caplog):
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


def test_gold_is_read_anew_if_it_is_augmented(nlp, gold, teacher):
    corpus = RehearsalCorpus(gold, teacher)
    first, second = (list(corpus(nlp)) for _ in range(2))
    assert {id(eg) for eg in first} == {id(eg) for eg in second}
    augmented = Corpus(gold.path, augmenter=create_lower_casing_augmenter(level=0.5))
    corpus = RehearsalCorpus(augmented, teacher, shuffle=False)
    random.seed(0)
    assert len({eg.text for _ in range(8) for eg in corpus(nlp)}) == 4
