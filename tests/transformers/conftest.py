from collections import Counter
from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
import srsly
from spacy.tokens import DocBin

from tests.transformers.util import PACKAGES, make_transformer_pipeline
from tests.util import SENTENCES, make_example

# of each sort of annotation, one with a label that the base pipeline lacks
ZOO: Dict[str, Any] = {
    **SENTENCES[0],
    "words": ["Ann", "sells", "zebras", "."],
    "tags": ["NNP", "VBZ", "ZOO", "."],
    "deps": ["nsubj", "ROOT", "theme", "punct"],
    "entities": ["O", "O", "U-ANIMAL", "O"],
    "cats": {"ZOO": 1.0, "SHOP": 0.0, "WEATHER": 0.0, "SPORT": 0.0},
    "spans": [(10, 16, "ANIMAL")],
}
RAW = [
    "Ann sells mugs .",
    "It rained . Joe runs in Oslo .",
    *(f"Joe runs in Oslo {i} ." for i in range(100)),
    *(f"Ann sells {i} mugs . It rained ." for i in range(100)),
    # longer than what the transformer sees at once
    "Joe sells mugs in Oslo . " * 10,
]


@pytest.fixture(scope="session", params=[*PACKAGES])
def package(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(PACKAGES[request.param])
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def base_model(package: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pipeline whose components all listen to a transformer."""
    path = tmp_path_factory.mktemp(package) / "base"
    factories = ("tagger", "parser", "ner", "textcat", "spancat")
    return make_transformer_pipeline(path, package, *factories)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Annotations with new labels, and raw text."""
    path = tmp_path_factory.mktemp("zoo")
    nlp = spacy.blank("en")
    _, rain, joe = SENTENCES
    docs = []
    for sentences in [(ZOO,), (ZOO, rain), (rain, ZOO), (joe, ZOO)]:
        doc = make_example(nlp, *sentences).reference
        doc.cats = ZOO["cats"]
        doc.set_ents([ent for ent in doc.ents if ent.label_ == "ANIMAL"])
        docs.append(doc)
    for name in ("train", "dev"):
        DocBin(docs=docs).to_disk(path / f"{name}.spacy")
    srsly.write_jsonl(path / "raw.jsonl", ({"text": text} for text in RAW))
    return path


@pytest.fixture
def encoded(base_model: Path, monkeypatch: pytest.MonkeyPatch) -> "Counter[str]":
    """Counts how often a transformer of the package encodes each text."""
    counts: Counter[str] = Counter()
    pipe: Any = spacy.load(base_model).get_pipe("transformer")
    predict, update = type(pipe).predict, type(pipe).update

    def counting_predict(self: Any, docs: Any) -> Any:
        counts.update(doc.text for doc in docs)
        return predict(self, docs)

    def counting_update(self: Any, examples: Any, **kwargs: Any) -> Any:
        counts.update(example.text for example in examples)
        return update(self, examples, **kwargs)

    monkeypatch.setattr(type(pipe), "predict", counting_predict)
    monkeypatch.setattr(type(pipe), "update", counting_update)
    return counts
