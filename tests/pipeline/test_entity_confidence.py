"""How sure an entity recognizer is, by the public surface: pipelines on text."""

import pickle
import random
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, offsets_to_biluo_tags
from thinc.api import ConfigValidationError, fix_random_seed

from tests.growth.util import grow_pipeline
from tests.util import BASE_MODEL, SENTENCES, make_example

TEXTS = [
    "Apple is looking at buying a U.K. startup called Foo Bar for $1 billion.",
    "",
    "Nothing here.",
    "Ms. Okonkwo hadn't sold her flat in Graz before March 2019.",
    "The Bosch plant near Reutlingen lost $300 million in 2019 .  Nobody told Ann Lee",
    "In New York the Bank of England and 3 others met on Monday at ten o'clock.",
]


@pytest.fixture
def nlp() -> Language:
    """A pipeline of its own: what is renamed and observed stays so."""
    return spacy.load(BASE_MODEL)


@pytest.fixture
def sure(nlp: Language) -> Language:
    nlp.add_pipe("entity_confidence", after="ner")
    return nlp


def get_all(docs: Any) -> List[List[Any]]:
    return [[(e.text, e.label_, e._.confidence) for e in doc.ents] for doc in docs]


def follow(ner: Any, doc: Doc, temperature: float = 1.0) -> List[float]:
    """Compute the confidence of a doc's entities slowly: let spaCy go through the doc
    state by state."""
    offsets = [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
    tags = offsets_to_biluo_tags(doc, offsets)
    bare = doc.copy()
    bare.set_ents([], default="missing")
    [state] = ner.moves.init_batch([bare])
    network = ner.model.predict([bare])
    names = [ner.moves.get_class_name(i) for i in range(ner.moves.n_moves)]
    chances = []
    for tag in tags:
        valid = [ner.moves.is_valid(state, name) for name in names]
        [scores] = network.predict([state])
        powers = numpy.where(valid, numpy.exp((scores - scores.max()) / temperature), 0)
        chances.append(float(powers[names.index(tag)] / powers.sum()))
        ner.moves.apply_transition(state, tag)
    return [float(numpy.prod(chances[ent.start : ent.end])) for ent in doc.ents]


def make_other_network(path: Path, **settings: Any) -> Path:
    """Train a tiny `ner` with another network by heart."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", config={"model": {**NETWORK, **settings}})
    long = {**SENTENCES[0], "entities": ["B-SHOP", "I-SHOP", "I-SHOP", "L-SHOP"]}
    examples = [make_example(nlp, s) for s in (*SENTENCES[1:], long)]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(60):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(path)
    return path


NETWORK: Dict[str, Any] = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 16,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "pretrained_vectors": None,
        "width": 16,
        "depth": 1,
        "embed_size": 100,
        "window_size": 1,
        "maxout_pieces": 2,
        "subword_features": True,
    },
}


@pytest.fixture(params=["base", "shared", "grown", "extra tokens", "no upper"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Entity recognizers of all kinds."""
    if request.param == "base":
        return BASE_MODEL
    if request.param == "shared":
        return str(request.getfixturevalue("token_model"))
    if request.param == "grown":
        path = grow_pipeline(BASE_MODEL, "ner", tmp_path / "grown", label="WEBSITE")
        return str(path)
    key = "extra_state_tokens" if request.param == "extra tokens" else "use_upper"
    path = make_other_network(tmp_path / "other", **{key: key[0] == "e"})
    return str(path)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_is_the_product_of_the_steps(model: str, temperature: float) -> None:
    nlp = spacy.load(model)
    pipe: Any = nlp.add_pipe("entity_confidence", after="ner")
    pipe.temperature = temperature
    texts = [*TEXTS, *(" ".join(s["words"]) for s in SENTENCES)]
    docs = [*nlp.pipe(texts)]
    assert sum(len(doc.ents) for doc in docs) > 2
    ner = nlp.get_pipe("ner")
    for doc in docs:
        found = [ent._.confidence for ent in doc.ents]
        assert found == pytest.approx(follow(ner, doc, temperature), abs=1e-4)
        assert all(0 < value <= 1 for value in found)


def test_is_higher_in_good_text_than_in_nonsense(sure: Language) -> None:
    rng = random.Random(0)

    def shuffle(text: str) -> str:
        words = text.split()
        rng.shuffle(words)
        return " ".join(words)

    def get_mean(texts: List[str]) -> float:
        found = [e._.confidence for doc in sure.pipe(texts) for e in doc.ents]
        assert len(found) > 10
        return sum(found) / len(found)

    shuffled = [shuffle(text) for _ in range(5) for text in TEXTS]
    assert get_mean(TEXTS) > get_mean(shuffled) + 0.05


@pytest.mark.parametrize("how", ["one by one", "small batches", "processes"])
def test_is_the_same_however_it_runs(how: str, sure: Language) -> None:
    expected = get_all(sure.pipe(TEXTS * 3))
    if how == "one by one":
        docs: Any = [sure(text) for text in TEXTS * 3]
    elif how == "small batches":
        docs = sure.pipe(TEXTS * 3, batch_size=2)
    else:
        docs = sure.pipe(TEXTS * 3, n_process=2, batch_size=4)
    for found, right in zip(get_all(docs), expected):
        assert [row[:2] for row in found] == [row[:2] for row in right]
        sure_of = [row[2] for row in right]
        assert [row[2] for row in found] == pytest.approx(sure_of, abs=1e-4)


@pytest.mark.parametrize("how", ["disk", "bytes", "pickle"])
def test_survives(how: str, sure: Language, tmp_path: Path) -> None:
    pipe: Any = sure.get_pipe("entity_confidence")
    pipe.temperature = 2.0
    expected = get_all(sure.pipe(TEXTS))
    if how == "disk":
        sure.to_disk(tmp_path / "saved")
        loaded = spacy.load(tmp_path / "saved")
    elif how == "bytes":
        loaded = spacy.blank("en").from_config(sure.config).from_bytes(sure.to_bytes())
    else:  # as processes that are spawned get it
        pipes = pickle.loads(pickle.dumps([sure.get_pipe("ner"), pipe]))
        docs = [sure(text) for text in TEXTS]
        for doc in docs:
            for ent in doc.ents:
                ent._.confidence = None
        assert get_all(map(pipes[1], docs)) == expected
        return
    assert get_all(loaded.pipe(TEXTS)) == expected


def test_runs_the_network_once(sure: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    ner: Any = sure.get_pipe("ner")
    encoder, n_docs = ner.model.get_ref("tok2vec"), 0
    forward = encoder._func

    def count(model: Any, docs: Any, is_train: bool) -> Any:
        nonlocal n_docs
        n_docs += len(docs)
        return forward(model, docs, is_train)

    encoder._func = count
    docs = [*sure.pipe(TEXTS * 50), *map(sure, TEXTS)]
    assert (
        n_docs == sum(1 for _ in docs) - 1
    )  # spaCy runs nothing on an empty doc alone


def test_entities_of_others_have_none(nlp: Language) -> None:
    ruler: Any = nlp.add_pipe("entity_ruler", config={"overwrite_ents": True})
    ruler.add_patterns(
        [{"label": "COMPANY", "pattern": "Apple"}, {"label": "GPE", "pattern": "plant"}]
    )
    nlp.add_pipe("entity_confidence")
    doc = nlp("Apple has a plant in Berlin.")
    found: Dict[str, Optional[float]] = {e.text: e._.confidence for e in doc.ents}
    assert found.keys() == {"Apple", "plant", "Berlin"}
    assert found["Apple"] is None and found["plant"] is None
    assert (found["Berlin"] or 0) > 0.5


def test_docs_that_the_pipeline_did_not_make(sure: Language) -> None:
    doc = sure(TEXTS[0])
    expected = get_all([doc])
    pipe: Any = sure.get_pipe("entity_confidence")
    other = Doc(sure.vocab).from_bytes(doc.to_bytes(exclude=["user_data"]))
    assert [ent._.confidence for ent in other.ents] == [None] * len(other.ents)
    assert get_all([pipe(other)])[0] == [
        (text, label, pytest.approx(value, abs=1e-4))
        for text, label, value in expected[0]
    ]


def test_name_of_the_extension_and_the_component(nlp: Language) -> None:
    nlp.rename_pipe("ner", "entities")
    config = {"component": "entities", "confidence_attr": "how_sure"}
    nlp.add_pipe("entity_confidence", config=config)
    (ent,) = nlp("We like Oslo.").ents
    assert 0 < ent._.how_sure <= 1
    Span.set_extension("taken_too", getter=len, force=True)
    config["confidence_attr"] = "taken_too"
    with pytest.raises(ValueError, match="'taken_too' of another kind"):
        nlp.add_pipe("entity_confidence", "other", config=config)


def test_is_sourced_with_its_component(sure: Language) -> None:
    other = spacy.blank("en", vocab=sure.vocab)
    for name in ("ner", "entity_confidence"):
        other.add_pipe(name, source=sure)
    expected = get_all([sure("We like Oslo.")])
    del sure
    assert get_all([other("We like Oslo.")]) == expected


def test_trains_on(token_model: Path) -> None:
    """A network that is observed is trained and evaluated as ever."""
    losses = []
    for is_observed in (False, True):
        fix_random_seed(0)
        nlp = spacy.load(token_model)
        if is_observed:
            nlp.add_pipe("entity_confidence")
        examples = [make_example(nlp, sentence) for sentence in SENTENCES]
        optimizer = nlp.resume_training()
        nlp.evaluate(examples)
        losses.append(nlp.update(examples, sgd=optimizer)["ner"])
        assert nlp.evaluate(examples)["ents_f"] == 1
    assert losses[0] == losses[1]


def make_gold(nlp: Language) -> List[Example]:
    """Annotate a text, and say that half of what is found in it is wrong."""
    gold = []
    for text in TEXTS * 3:
        doc = nlp(text)
        reference = nlp.make_doc(text)
        kept = [e for i, e in enumerate(doc.ents) if i % 2 == 0]
        reference.set_ents(
            [Span(reference, e.start, e.end, label=e.label_) for e in kept]
        )
        gold.append(Example(doc, reference))
    return gold


def test_calibration(sure: Language) -> None:
    pipe: Any = sure.get_pipe("entity_confidence")
    before = get_all(sure.pipe(TEXTS))
    examples = make_gold(sure)
    result = pipe.calibrate(examples)
    assert result["temperature"] == pipe.temperature > 1
    assert result["after"]["error"] < result["before"]["error"]
    assert 0 < result["right"] < result["entities"]
    for name in ("before", "after"):
        bins = result[name]["bins"]
        assert sum(row["entities"] for row in bins) == result["entities"]
        assert all(row["from"] <= row["confidence"] <= row["to"] for row in bins)
    after = get_all(sure.pipe(TEXTS))
    for old, new in zip(before, after):
        assert all(a[:2] == b[:2] and b[2] <= a[2] for a, b in zip(old, new))


def test_calibration_leaves_out_what_nobody_knows(sure: Language) -> None:
    examples = make_gold(sure)
    pipe: Any = sure.get_pipe("entity_confidence")
    n_entities = pipe.calibrate(examples)["entities"]
    first = examples[0].reference
    first.set_ents([], missing=[first[:]])
    found = pipe.calibrate(examples)["entities"]
    assert found <= n_entities - len(examples[0].predicted.ents)
    labels = {ent.label_ for eg in examples for ent in eg.reference.ents}
    known = [e for eg in examples[1:] for e in eg.predicted.ents if e.label_ in labels]
    assert found == len(known)


def test_nothing_to_calibrate_with(sure: Language) -> None:
    pipe: Any = sure.get_pipe("entity_confidence")
    for examples in ([], [Example(sure.make_doc("Oslo"), sure.make_doc("Oslo"))]):
        with pytest.raises(ConfigValidationError, match="others that are wrong"):
            pipe.calibrate(examples)
    assert pipe.temperature == 1


def test_what_has_no_confidence(nlp: Language, token_model: Path) -> None:
    def get_message(function: Any, *args: Any, **kwargs: Any) -> str:
        with pytest.raises(ConfigValidationError) as info:
            function(*args, **kwargs)
        return str(info.value.errors[0]["msg"])

    add = nlp.add_pipe
    message = get_message(add, "entity_confidence", config={"component": "tagger"})
    assert "it is no entity recognizer" in message
    nlp.add_pipe("beam_ner", "beam")
    message = get_message(add, "entity_confidence", config={"component": "beam"})
    assert "several ways through a text" in message
    blank = spacy.blank("en")
    blank.add_pipe("entity_confidence")
    assert "has none of that name" in get_message(blank, "Oslo")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"temperature": 0}', "{'a"])
def test_damaged_file(text: str, sure: Language, tmp_path: Path) -> None:
    sure.to_disk(tmp_path / "saved")
    file_ = tmp_path / "saved" / "entity_confidence" / "cfg"
    assert file_.read_text(encoding="utf8")
    file_.write_text(text, encoding="utf8")
    with pytest.raises(ConfigValidationError) as info:
        spacy.load(tmp_path / "saved")
    message = info.value.errors[0]["msg"]
    assert "is damaged" in message or "expected a number above 0" in message
