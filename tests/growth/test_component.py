"""Right after growing a component does what it did before."""

import re
from itertools import islice
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy
import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import ConfigValidationError, fix_random_seed

from spacy_rehearsal.growth.component import grow_component
from tests.growth.util import get_weights, make_grown, make_larger, score_states
from tests.util import BASE_MODEL, EXAMPLES, LISTENER, SENTENCES, TOK2VEC, make_example

RAW = EXAMPLES / "websites" / "assets" / "raw.jsonl"


@pytest.fixture(scope="module")
def texts() -> List[str]:
    return [record["text"] for record in islice(srsly.read_jsonl(RAW), 150)]


def get_annotation(doc: Doc) -> List[Tuple[Any, ...]]:
    tokens = [
        (t.tag_, t.head.i, t.dep_, t.is_sent_start, t.lemma_, t.pos_, str(t.morph))
        for t in doc
    ]
    cats = [(label, round(score, 2)) for label, score in doc.cats.items()]
    return [*tokens, *cats, *((e.start, e.end, e.label_) for e in doc.ents)]


def make_base(path: Path, factory: str, **model: Any) -> Path:
    """Make a pipeline of a component that knows a little, and what it listens to."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    words = sorted({word for s in SENTENCES for word in s["words"]})
    for i, word in enumerate(words):
        vector: Any = numpy.random.RandomState(i).normal(size=16).astype("f")
        nlp.vocab.set_vector(word, vector)
    if "upstream" in model.get("tok2vec", {}):
        nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    config: Dict[str, Any] = {"model": {"tok2vec": TOK2VEC, **model}}
    if factory == "parser":
        config["min_action_freq"] = 1
    if factory == "trainable_lemmatizer":
        config["min_tree_freq"] = 1
    nlp.add_pipe(factory, "mine", config=config)
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.005
    for _ in range(40):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(path)
    return path


def has_annotation(doc: Doc) -> bool:
    attrs = ("DEP", "TAG", "POS", "LEMMA", "SENT_START")
    return bool(doc.ents or doc.cats or any(map(doc.has_annotation, attrs)))


@pytest.mark.parametrize("name", ["ner", "parser"])
def test_predictions_are_the_base_pipelines(
    base: Language, texts: List[str], name: str
) -> None:
    nlp = make_grown(base, BASE_MODEL, name)
    before, after = base.get_pipe(name), nlp.get_pipe(name)
    assert before.labels == after.labels  # type: ignore[attr-defined]
    old_scores, new_scores = (score_states(p, name, texts[:50]) for p in (base, nlp))
    numpy.testing.assert_allclose(old_scores, new_scores, rtol=1e-3, atol=1e-3)
    for old, new in zip(base.pipe(texts), nlp.pipe(texts)):
        assert get_annotation(old) == get_annotation(new)


VECTORS = {
    "@architectures": "spacy.Tok2Vec.v2",
    "embed": {
        "@architectures": "spacy.MultiHashEmbed.v2",
        "width": 32,
        "attrs": ["NORM", "SHAPE"],
        "rows": [200, 100],
        "include_static_vectors": True,
    },
    "encode": {
        "@architectures": "spacy.MaxoutWindowEncoder.v2",
        "width": 32,
        "depth": 2,
        "window_size": 1,
        "maxout_pieces": 3,
    },
}


ENCODERS: List[Any] = [{}, {"tok2vec": VECTORS}, {"tok2vec": LISTENER}]
REDUCE: Dict[str, Any] = {
    "@architectures": "spacy.TextCatReduce.v1",
    "use_reduce_first": True,
    "use_reduce_last": False,
    "use_reduce_max": True,
    "use_reduce_mean": True,
}
CNN = {"@architectures": "spacy.TextCatCNN.v2"}
COPY_SHARED = ("tagger", "senter")
BUILDS: List[Tuple[str, Dict[str, Any]]] = [
    *(
        (factory, {**encoder, **model})
        for factory in ("ner", "parser")
        for encoder, model in (
            *((encoder, {}) for encoder in ENCODERS),
            ({}, {"use_upper": False, "maxout_pieces": 1}),
            ({}, {"use_upper": False, "maxout_pieces": 2}),
            (ENCODERS[2], {"use_upper": False, "hidden_width": 48}),
            ({}, {"hidden_width": 100, "extra_state_tokens": True}),
        )
    ),
    *(
        (factory, {**encoder, **model})
        for factory, model in (
            ("tagger", {}),
            ("morphologizer", {}),
            ("senter", {}),
            ("trainable_lemmatizer", {}),
            ("textcat", {**REDUCE, "exclusive_classes": True}),
            ("textcat_multilabel", {**REDUCE, "exclusive_classes": False}),
            ("textcat", {**CNN, "exclusive_classes": True}),
        )
        for encoder in ENCODERS
    ),
]


@pytest.mark.parametrize(
    ("factory", "model"),
    BUILDS,
    ids=lambda part: "-".join(map(str, part)) if isinstance(part, dict) else part,
)
def test_networks_of_all_builds_grow_twice(
    tmp_path: Path, factory: str, model: Any, texts: List[str]
) -> None:
    path = make_base(tmp_path / "base", factory, **model)
    base = spacy.load(path)
    once = make_grown(base, path, "mine")
    once.to_disk(tmp_path / "once")
    twice = make_grown(once, tmp_path / "once", "mine")
    texts = [*texts[:40], "Ann sells mugs.", "Joe runs in Oslo."]
    docs = [list(nlp.pipe(texts)) for nlp in (base, once, twice)]
    assert any(map(has_annotation, docs[0]))
    for first, second, third in zip(*docs):
        assert get_annotation(first) == get_annotation(second) == get_annotation(third)
    sizes = [
        sum(w.size for n in get_weights(nlp, "mine") for w in n.values())
        for nlp in (base, once, twice)
    ]
    assert sizes[0] < sizes[1] < sizes[2]


def test_the_new_part_starts_as_what_the_component_listens_to(tmp_path: Path) -> None:
    path = make_base(tmp_path / "base", "ner", tok2vec=LISTENER)
    base = spacy.load(path)
    nlp = make_grown(base, path, "mine")
    old, new = get_weights(base, "tok2vec"), get_weights(nlp, "mine")
    tables = [node["E"] for node in old if "E" in node]
    copies = [node["E"] for node in new if "E" in node]
    assert tables
    for table, copy in zip(tables, copies):
        assert (table == copy).all()


@pytest.mark.parametrize("factory", COPY_SHARED)
def test_the_copy_learns_from_the_first_update(tmp_path: Path, factory: str) -> None:
    path = make_base(tmp_path / "base", factory)
    base = spacy.load(path)
    nlp = make_grown(base, path, "mine")
    pipe: Any = nlp.get_pipe("mine")
    pipe.update([make_example(nlp, sentence) for sentence in SENTENCES])
    tables = [node for node in pipe.model.walk() if node.has_param("E")]
    copies = tables[len(tables) // 2 :]
    assert all(table.get_grad("E").any() for table in copies)


def test_a_network_that_is_not_the_base_pipelines_and_more_is_refused(
    base: Language,
) -> None:
    nlp = make_larger(base, BASE_MODEL, "ner")
    other = spacy.blank("en")
    other.add_pipe("ner")
    no_ner = spacy.blank("en")
    for wrong, message in (
        (
            other,
            "components -> ner -> model\tis not the base pipeline's network and one",
        ),
        (no_ner, "grown\tthe base pipeline has no component 'ner'"),
    ):
        with pytest.raises(ConfigValidationError, match=re.escape(message)):
            grow_component(nlp, "ner", wrong)
    with pytest.raises(ConfigValidationError, match="the pipeline has no component"):
        grow_component(no_ner, "ner", base)
    message = "the network of 'attribute_ruler' in the base pipeline, None, can't grow"
    with pytest.raises(ConfigValidationError, match=message):
        grow_component(nlp, "attribute_ruler", base)


def test_a_lemmatizer_has_the_trees_of_the_base_pipelines_alone(tmp_path: Path) -> None:
    path = make_base(tmp_path, "trainable_lemmatizer")
    base = spacy.load(path)
    nlp = make_larger(base, path, "mine")
    lemmatizer: Any = nlp.get_pipe("mine")
    lemmatizer.trees.add("wolves", "wolf")  # of the data that it is initialized with
    lemmatizer.initialize(lambda: [make_example(nlp, s) for s in SENTENCES[::-1]])
    grow_component(nlp, "mine", base)
    assert lemmatizer.label_data == base.get_pipe("mine").label_data  # type: ignore
    for text in ("Ann sells mugs .", "It rained on Joe ."):
        assert get_annotation(nlp(text)) == get_annotation(base(text))
