from collections import Counter
from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
from spacy.language import Language
from spacy.training import Corpus
from spacy.training.corpus import JsonlCorpus
from spacy.util import registry
from thinc.api import Config, ConfigValidationError

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.source import SOURCE_KEY, get_source
from spacy_rehearsal.teacher.teacher import Teacher
from tests.readers.util import get_texts, read_texts
from tests.util import BASE_MODEL, get_ents


def test_completes_gold_and_annotates_raw(
    nlp: Language, gold: Corpus, raw: JsonlCorpus, teacher: Teacher, base: Language
) -> None:
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
def test_ratio_counts_words(
    nlp: Language, websites: Path, raw: JsonlCorpus, teacher: Teacher, ratio: float
) -> None:
    gold = Corpus(websites / "train.spacy", limit=100)
    n_words: Counter = Counter()
    for example in RehearsalCorpus(gold, teacher, raw=raw, ratio=ratio)(nlp):
        n_words[get_source(example)] += len(example)
    assert n_words["silver"] / n_words["gold"] == pytest.approx(ratio, rel=0.05)


@pytest.mark.parametrize("min_silver,n_silver", [(5000, 5000), (10, 1000)])
def test_little_gold_gets_more_silver(
    nlp: Language,
    websites: Path,
    raw: JsonlCorpus,
    teacher: Teacher,
    min_silver: int,
    n_silver: int,
) -> None:
    gold = Corpus(websites / "train.spacy", limit=100)
    ratio = 1000 / sum(len(example) for example in gold(nlp))
    corpus = RehearsalCorpus(gold, teacher, raw=raw, ratio=ratio, min_silver=min_silver)
    silver = [eg for eg in corpus(nlp) if get_source(eg) == "silver"]
    assert sum(map(len, silver)) == pytest.approx(n_silver, rel=0.05)


def test_each_epoch_has_all_gold_and_fresh_raw_text(
    nlp: Language, websites: Path, raw: JsonlCorpus, teacher: Teacher
) -> None:
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


def test_same_seed_gives_the_same_order(
    nlp: Language, websites: Path, raw: JsonlCorpus, teacher: Teacher
) -> None:
    def read(seed: int) -> Any:
        gold = Corpus(websites / "train.spacy", limit=50)
        corpus = RehearsalCorpus(gold, teacher, raw=raw, seed=seed)
        return [[eg.text for eg in corpus(nlp)] for _ in range(2)]

    assert read(seed=0) == read(seed=0)
    assert read(seed=0) != read(seed=1)
    assert read(seed=0)[0] != read(seed=0)[1]


@pytest.mark.parametrize(
    "settings", [{}, {"fresh": False}, {"fresh": False, "ratio": 50}]
)
def test_shuffling_spreads_the_gold_over_the_epoch(
    nlp: Language,
    websites: Path,
    sample: Path,
    teacher: Teacher,
    settings: Dict[str, Any],
) -> None:
    """Also where the raw text has fewer words than the ratio asks for."""
    gold = Corpus(websites / "train.spacy", limit=100)
    raw = JsonlCorpus(sample / "raw.jsonl")
    corpus = RehearsalCorpus(gold, teacher, raw=raw, **settings)
    sources = [get_source(eg) for eg in corpus(nlp)]
    quarter = len(sources) // 4
    for i in range(4):
        share = sources[i * quarter : (i + 1) * quarter].count("gold") / 100
        assert 0.1 < share < 0.4


def test_source_never_reaches_a_saved_pipeline(
    nlp: Language, gold: Corpus, raw: JsonlCorpus, teacher: Teacher, tmp_path: Path
) -> None:
    examples = list(RehearsalCorpus(gold, teacher, raw=raw)(nlp))
    with nlp.select_pipes(enable="ner"):
        nlp.update(examples, sgd=nlp.resume_training())
        scores = nlp.evaluate(examples)
    assert scores["ents_f"] > 0
    nlp.to_disk(tmp_path / "saved")
    for path in (tmp_path / "saved").rglob("*"):
        assert path.is_dir() or SOURCE_KEY.encode() not in path.read_bytes()


def test_resolves_from_a_config_with_one_teacher_for_both_corpora(
    nlp: Language, websites: Path
) -> None:
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
def test_refuses_settings_that_make_no_sense(
    gold: Corpus, teacher: Teacher, settings: Dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigValidationError, match=message):
        RehearsalCorpus(gold, teacher, **settings)


def test_refuses_a_pipeline_that_does_not_fit(gold: Corpus, teacher: Teacher) -> None:
    corpus = RehearsalCorpus(gold, teacher)
    with pytest.raises(ConfigValidationError, match="is a pipeline for 'en'"):
        list(corpus(spacy.blank("de")))
    with pytest.raises(ConfigValidationError, match="has no 'ner'"):
        list(corpus(spacy.blank("en")))
