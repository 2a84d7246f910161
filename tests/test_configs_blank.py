"""configs/ner_blank.cfg with word vectors, and with weights of `spacy pretrain`."""

from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy
import pytest
import spacy
from spacy.training.initialize import init_nlp
from spacy.util import load_config
from thinc.api import Model

from tests.util import BASE_MODEL, ROOT, run_rehearsal, run_spacy

CONFIG = ROOT / "configs" / "ner_blank.cfg"
SHORT = ("--training.max_steps", 2, "--training.eval_frequency", 2)


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline with nothing but word vectors."""
    path = tmp_path_factory.mktemp("vectors") / "vectors"
    nlp = spacy.blank("en")
    rng = numpy.random.default_rng(0)
    for word in ("found", "on", "the", "website"):
        vector: Any = rng.normal(size=8).astype("float32")
        nlp.vocab.set_vector(word, vector)
    nlp.to_disk(path)
    return path


def get_files(sample: Path) -> Tuple[Any, ...]:
    gold = sample / "base_gold.spacy"
    return ("--paths.train", gold, "--paths.dev", gold)


def get_params(model: Any) -> List[Dict[str, Any]]:
    """Get all weights of a network."""
    return [
        {name: node.get_param(name).copy() for name in node.param_names}
        for node in model.walk()
    ]


def are_equal(left: List[Dict[str, Any]], right: List[Dict[str, Any]]) -> bool:
    return all(
        one.keys() == other.keys()
        and all((one[name] == other[name]).all() for name in one)
        for one, other in zip(left, right)
    )


def read_static_vectors(model: Path) -> List["Model[Any, Any]"]:
    walk = spacy.load(model).get_pipe("tok2vec").model.walk()  # type: ignore[attr-defined]
    return [node for node in walk if node.name == "static_vectors"]


@pytest.mark.slow
def test_word_vectors_by_an_option_and_on_the_command_line(
    sample: Path, vectors: Path, tmp_path: Path
) -> None:
    config = tmp_path / "with_vectors.cfg"
    run_rehearsal("init-config", "blank:en", config, "--vectors", vectors)
    static = "--components.tok2vec.model.embed.include_static_vectors"
    ways: Dict[str, Tuple[Any, ...]] = {
        "none": (CONFIG,),
        "option": (config,),
        "overrides": (CONFIG, "--paths.vectors", vectors, static, "true"),
    }
    for name, args in ways.items():
        output = ("--output", tmp_path / name)
        result = run_spacy("train", *args, *output, *get_files(sample), *SHORT)
        assert result.returncode == 0, result.stdout + result.stderr
    models = {name: tmp_path / name / "model-last" for name in ways}
    assert not read_static_vectors(models["none"])
    for name in ("option", "overrides"):
        [layer] = read_static_vectors(models[name])
        assert layer.get_dim("nM") == 8
        assert spacy.load(models[name]).vocab["website"].has_vector
    option, overrides = (
        (models[name] / "tok2vec" / "model").read_bytes()
        for name in ("option", "overrides")
    )
    assert option == overrides


@pytest.mark.slow
def test_weights_of_pretrain_are_loaded(sample: Path, tmp_path: Path) -> None:
    pretrained = tmp_path / "pretrained"
    files = get_files(sample)
    args = ("--paths.raw", sample / "raw.jsonl", "--pretraining.max_epochs", 2)
    result = run_spacy("pretrain", CONFIG, pretrained, *files, *args)
    assert result.returncode == 0, result.stdout + result.stderr
    weights = pretrained / "model-last.bin"
    overrides = {"paths.train": str(files[1]), "paths.dev": str(files[3])}
    fresh = init_nlp(load_config(CONFIG, overrides=overrides))
    overrides["paths.init_tok2vec"] = str(weights)
    loaded = init_nlp(load_config(CONFIG, overrides=overrides))
    expected: Any = fresh.get_pipe("tok2vec").model  # type: ignore[attr-defined]
    found = get_params(loaded.get_pipe("tok2vec").model)  # type: ignore[attr-defined]
    assert not are_equal(found, get_params(expected))
    expected.from_bytes(weights.read_bytes())
    assert are_equal(found, get_params(expected))
    output = ("--output", tmp_path / "output", "--paths.init_tok2vec", weights)
    result = run_spacy("train", CONFIG, *output, *files, *SHORT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "args,message",
    [
        (("blank:en", "--vectors", "en_core_web_xx"), "download en_core_web_xx"),
        (("blank:en", "--vectors", BASE_MODEL), "has no word vectors"),
        ((BASE_MODEL, "--vectors", BASE_MODEL), "keeps those that it has"),
    ],
)
def test_vectors_that_are_none(args: Tuple[str, ...], message: str) -> None:
    base_model, *options = args
    result = run_rehearsal("init-config", base_model, "-", *options, status=1)
    assert message in " ".join(result.output.split())
