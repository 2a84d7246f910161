import json
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.cli.train import train
from spacy.tokens import DocBin, Span
from spacy.util import load_config

from spacy_rehearsal.readers.source import get_source
from tests.util import EXAMPLES, run_rehearsal

ASSETS = EXAMPLES / "sequence" / "assets"
DISHES = ASSETS / "dishes" / "train.jsonl"
PLANTS = ASSETS / "plants" / "train.jsonl"


def read(path: Path) -> List[Any]:
    return list(srsly.read_jsonl(path))


def get_labels(record: Any) -> List[str]:
    return [label for _, _, label in record[1]["entities"]]


def test_keeps_some_texts_with_each_label_and_those_of_before(tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    printed = run_rehearsal("remember", DISHES, first, "-n", 4).stdout
    dishes = read(first)
    assert "with DISH" in printed
    assert all(record in read(DISHES) for record in dishes)
    counts = [
        sum(label in get_labels(r) for r in dishes) for label in ("DISH", "DRINK")
    ]
    assert min(counts) == 4
    assert len(dishes) < 8
    args = ("remember", PLANTS, second, "--from", first, "-n", 4)
    result = json.loads(run_rehearsal(*args, "--json").stdout)
    memory = read(second)
    assert memory[: len(dishes)] == dishes
    assert result["texts"] == len(memory)
    assert result["new_texts"] == len(memory) - len(dishes)
    assert set(result["labels"]) == {"DISH", "DRINK", "PLANT", "PEST"}
    before = second.read_bytes()
    run_rehearsal(*args, "--force")
    assert second.read_bytes() == before
    # what is there already is not kept twice
    run_rehearsal("remember", PLANTS, second, "--from", second, "-n", 4, "--force")
    assert second.read_bytes() == before


def test_says_which_labels_have_few_texts(tmp_path: Path) -> None:
    output = tmp_path / "memory.jsonl"
    printed = run_rehearsal("remember", DISHES, output, "-n", 15).output
    assert "There are no 15 texts with: DRINK" in printed


def test_reads_what_other_commands_read(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    docs = [nlp.make_doc("We had laksa"), nlp.make_doc("Tea"), nlp.make_doc("Late")]
    docs[0].set_ents([Span(docs[0], 2, 3, "DISH")])
    docs[0].spans["sc"] = [Span(docs[0], 1, 3, "MEAL")]
    docs[0].cats = {"FOOD": 1.0, "DRINK": 0.0}
    docs[1].set_ents([Span(docs[1], 0, 1, "DRINK")])
    docs[2].cats = {"TIME": 1.0}
    partial = nlp.make_doc("Cake and pie")
    partial.set_ents([Span(partial, 0, 1, "DISH")], default="missing")
    DocBin(docs=[*docs, partial], store_user_data=True).to_disk(tmp_path / "a.spacy")
    (tmp_path / "b.py").write_text('DATA = [("Tea", {"entities": [(0, 3, "DRINK")]})]')
    spans = [{"start": 0, "end": 3, "label": "DRINK"}]
    srsly.write_jsonl(tmp_path / "c.jsonl", [{"text": "Tea", "spans": spans}] * 2)
    tea = ["Tea", {"entities": [[0, 3, "DRINK"]]}]
    laksa = {
        "entities": [[7, 12, "DISH"]],
        "spans": {"sc": [[3, 12, "MEAL"]]},
        "cats": {"FOOD": 1.0, "DRINK": 0.0},
    }
    late = ["Late", {"cats": {"TIME": 1.0}}]
    for name, expected in [
        ("a.spacy", [["We had laksa", laksa], tea, late]),
        ("b.py", [tea]),
        ("c.jsonl", [tea]),
    ]:
        output = tmp_path / "out" / "memory.jsonl"
        output.parent.mkdir(exist_ok=True)
        args = ("remember", tmp_path / name, output, "--force", "--json")
        result = json.loads(run_rehearsal(*args).stdout)
        assert read(output) == expected
        assert result["partial_texts"] == (name == "a.spacy")


def test_bad_input_ends_in_one_message(tmp_path: Path) -> None:
    output, raw = tmp_path / "memory.jsonl", tmp_path / "raw.jsonl"
    raw.write_text('["Nothing here", {"entities": []}]\n')
    (tmp_path / "broken.jsonl").write_text('["Tea", {"entities": [[0, 9, "DRINK"]]}]')
    for args, message in [
        ((DISHES, tmp_path / "memory.spacy"), "is no .jsonl file"),
        ((DISHES, tmp_path / "none" / "a.jsonl"), "there is no directory"),
        ((raw, output), "has no entity, span or category"),
        ((tmp_path / "broken.jsonl", output), "broken.jsonl, line 1: "),
        ((DISHES, output, "--format", "x"), "must be one of"),
        ((raw, raw, "--force"), "is the gold itself"),
    ]:
        result = run_rehearsal("remember", *args, status=1)
        assert message in " ".join(result.output.split())
        assert not output.exists()
    output.write_text("mine")
    printed = run_rehearsal("remember", DISHES, output, status=1).output
    assert "--force" in printed
    assert output.read_text() == "mine"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Gold with a new label, a memory of a base pipeline's labels, and raw text."""
    memory = [
        ["Ann sells mugs .", {"entities": [[0, 3, "PERSON"]]}],
        ["Joe runs in Oslo .", {"entities": [[12, 16, "GPE"]]}],
    ]
    gold = [["It rained mugs .", {"entities": [[10, 14, "GOODS"]]}]]
    srsly.write_jsonl(tmp_path / "earlier.jsonl", memory)
    srsly.write_jsonl(tmp_path / "gold.jsonl", gold)
    srsly.write_jsonl(tmp_path / "raw.jsonl", [{"text": "It rained ."}] * 20)
    run_rehearsal("remember", tmp_path / "earlier.jsonl", tmp_path / "memory.jsonl")
    return tmp_path


def make_config(model: Path, data: Path) -> Path:
    config = data / "ner.cfg"
    gold = data / "gold.jsonl"
    run_rehearsal(
        *("init-config", model, config, "--train", gold, "--dev", gold, "--force"),
        *("--raw", data / "raw.jsonl", "--memory", data / "memory.jsonl"),
    )
    return config


@pytest.mark.slow
def test_a_config_trains_on_it(token_model: Path, data: Path) -> None:
    config = make_config(token_model, data)
    overrides = {"training.max_steps": 4, "training.eval_frequency": 2}
    train(config, data / "output", overrides=overrides)
    trained = spacy.load(data / "output" / "model-last")
    assert set(trained.pipe_labels["ner"]) == {"PERSON", "GPE", "GOODS"}
    corpora = load_config(config, interpolate=True)["corpora"]
    corpora["train"]["min_silver"] = 10
    corpus = spacy.util.registry.resolve(corpora)["train"]
    sources = [get_source(example) for example in corpus(spacy.load(token_model))]
    assert sources.count("memory") == 2
    assert set(sources) == {"gold", "memory", "silver"}


def test_one_of_another_pipeline_is_refused(
    token_model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = [["Ann sells mugs .", {"entities": [[4, 9, "ACTION"]]}]]
    srsly.write_jsonl(data / "memory.jsonl", other)
    config = make_config(token_model, data)
    with pytest.raises(SystemExit):
        train(config)
    printed = " ".join(capsys.readouterr().out.split())
    assert "has ACTION, which 'ner' of the base pipeline" in printed


def test_a_new_pipeline_has_nothing_to_remember(data: Path) -> None:
    args = ("init-config", "blank:en", "-", "--memory", data / "memory.jsonl")
    result = run_rehearsal(*args, status=1)
    assert "need a base pipeline" in " ".join(result.output.split())
