"""Components that share a tok2vec learn together."""

from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
import srsly
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import DocBin

from spacy_rehearsal.cli.init_config import init_config
from tests.util import get_ents, make_pipeline

Record = Dict[str, Any]
RAW = ["It rained .", "Ann runs in Oslo ."]


def answer(text: str, span: str, label: str, answer: str) -> Record:
    """Make a binary answer, as Prodigy writes it."""
    start = text.index(span)
    spans = [{"start": start, "end": start + len(span), "label": label}]
    return {"text": text, "spans": spans, "answer": answer, "_is_binary": True}


REJECTED = [
    answer("Ann sells mugs .", "mugs", "GOODS", "accept"),
    answer("Joe runs in Oslo .", "Joe", "PERSON", "reject"),
    # which may come with texts that are empty
    {"text": "", "spans": [], "answer": "accept"},
]


@pytest.fixture(scope="module")
def ner_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pipeline whose `ner` is the only one to listen to its tok2vec."""
    return make_pipeline(tmp_path_factory.mktemp("ner") / "base", "tok2vec", "ner")


@pytest.fixture(scope="module")
def shared_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pipeline whose tagger and `ner` share a tok2vec."""
    path = tmp_path_factory.mktemp("shared") / "base"
    return make_pipeline(path, "tok2vec", "tagger", "ner")


OVERRIDES = {
    "corpora.train.ratio": 2.0,
    "corpora.train.split": None,
    "corpora.dev.split": None,
    "corpora.train.min_silver": 0,
    "training.max_steps": 60,
    "training.eval_frequency": 30,
    "training.optimizer.learn_rate.initial_rate": 0.02,
    "training.optimizer.learn_rate.warmup_steps": 5,
}


def write_config(
    model: Path,
    path: Path,
    components: List[str],
    *,
    in_place: bool = True,
    **paths: str,
) -> Path:
    """Write what init-config makes for components of a tiny pipeline."""
    raw = str(path / "raw.jsonl")
    srsly.write_jsonl(raw, [{"text": text} for text in RAW * 4])
    config = init_config(
        str(model),
        components=components,
        paths={**paths, "raw": raw},
        in_place=in_place,
    )
    (path / "config.cfg").write_text(config)
    return path / "config.cfg"


def train_on(
    gold: List[Record],
    model: Path,
    path: Path,
    components: List[str],
    *,
    in_place: bool,
    dev: List[Record],
) -> Language:
    """Train components of a tiny pipeline with what init-config writes for it."""
    paths = {name: str(path / f"{name}.jsonl") for name in ("train", "dev")}
    srsly.write_jsonl(paths["train"], gold)
    srsly.write_jsonl(paths["dev"], dev)
    config = write_config(model, path, components, in_place=in_place, **paths)
    train(config, path, overrides=OVERRIDES)
    return spacy.load(path / "model-last")


@pytest.mark.slow
@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize(
    "fixture, components",
    [
        ("ner_model", ["ner"]),
        ("shared_model", ["ner"]),
        ("shared_model", ["tagger", "ner"]),
    ],
)
def test_rejected_answers_and_empty_texts(
    fixture: str,
    components: List[str],
    in_place: bool,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    model: Path = request.getfixturevalue(fixture)
    dev = [answer("Ann sells mugs .", "mugs", "GOODS", "accept")]
    nlp = train_on(REJECTED, model, tmp_path, components, in_place=in_place, dev=dev)
    assert ("mugs", "GOODS") in get_ents(nlp("Ann sells mugs ."))
    ents = get_ents(nlp("Joe runs in Oslo ."))
    assert ("Joe", "PERSON") not in ents
    assert ("Oslo", "GPE") in ents
    if "tagger" in components:
        tags = get_tags(spacy.load(model), "It rained .")
        assert get_tags(nlp, "It rained .") == tags


ENTITIES = [{"text": "Ann sells mugs .", "entities": [(10, 14, "GOODS")]}]


def get_tags(nlp: Language, text: str) -> List[str]:
    return [token.tag_ for token in nlp(text)]


@pytest.mark.slow
@pytest.mark.parametrize("in_place", [True, False])
def test_what_the_gold_says_nothing_of_is_rehearsed(
    shared_model: Path,
    in_place: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="spacy")
    components = ["ner", "tagger"]
    nlp = train_on(
        ENTITIES, shared_model, tmp_path, components, in_place=in_place, dev=ENTITIES
    )
    message = "The gold has no tags: 'tagger' is rehearsed"
    assert caplog.text.count(message) == 1
    [best] = [s for s in capsys.readouterr().out.split("\n") if "Best is step" in s]
    assert "step 0:" not in best and "new_tag_acc" not in best
    assert "learned_tag_acc 100.00" in best
    base = spacy.load(shared_model)
    for text in ("Ann sells mugs .", *RAW):
        assert get_tags(nlp, text) == get_tags(base, text)
    assert get_ents(nlp("Ann sells mugs .")) == [("Ann", "PERSON"), ("mugs", "GOODS")]


@pytest.mark.slow
def test_entities_are_rehearsed_where_the_gold_has_tags_alone(
    shared_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = spacy.load(shared_model)
    doc = base.make_doc("Ann sells mugs .")
    doc[2].tag_ = "NEW"
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    config = write_config(
        shared_model,
        tmp_path,
        ["tagger", "ner"],
        train=str(tmp_path / "gold.spacy"),
        dev=str(tmp_path / "gold.spacy"),
    )
    train(config, tmp_path, overrides=OVERRIDES)
    assert "Best is step 0" not in capsys.readouterr().out
    nlp = spacy.load(tmp_path / "model-best")
    assert get_tags(nlp, "Ann sells mugs .")[2] == "NEW"
    for text in ("Ann sells mugs .", "Joe runs in Oslo ."):
        assert get_ents(nlp(text)) == get_ents(base(text))


@pytest.mark.parametrize(
    "train_gold, dev_gold, message",
    [
        ([{"text": "Ann left .", "entities": []}], ENTITIES, "train.jsonl has no ent"),
        (ENTITIES, [{"text": "Ann left .", "entities": []}], "dev.jsonl has no entity"),
    ],
)
def test_gold_for_nothing_in_training_is_refused(
    train_gold: List[Record],
    dev_gold: List[Record],
    message: str,
    shared_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        train_on(
            *(train_gold, shared_model, tmp_path, ["ner", "tagger"]),
            in_place=True,
            dev=dev_gold,
        )
    assert message in capsys.readouterr().out
