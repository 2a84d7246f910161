import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.training import Corpus
from spacy.util import load_config, registry
from thinc.api import Config, ConfigValidationError

from tests.util import ROOT, run_spacy


def resolve(block: str) -> Any:
    config = Config().from_str(f"[schedule]\n{block}")
    return registry.resolve(config)["schedule"]


def test_linear_decay_falls_to_its_floor() -> None:
    schedule = resolve(
        '@schedules = "spacy-rehearsal.linear_decay.v1"\n'
        "start = 0.6\nstop = 0.2\ndecay = 0.1"
    )
    rates = list(islice(schedule, 6))
    assert rates == pytest.approx([0.6, 0.5, 0.4, 0.3, 0.2, 0.2])


@pytest.mark.parametrize(
    "settings",
    ["start = 0.2\nstop = 0.6\ndecay = 0.1", "start = 1\nstop = 0\ndecay = -1"],
)
def test_linear_decay_refuses_to_rise(settings: str) -> None:
    with pytest.raises(ConfigValidationError):
        resolve(f'@schedules = "spacy-rehearsal.linear_decay.v1"\n{settings}')


@pytest.mark.parametrize(
    "component,examples,maximum",
    [
        ("tagger", 1000, 32),
        ("parser", 999, 8),
        ("ner", 500, 8),
        ("ner", 499, 4),
        ("textcat", 5000, 64),
    ],
)
def test_batch_size_compounds_to_the_maximum(
    component: str, examples: int, maximum: int
) -> None:
    schedule = resolve(
        '@schedules = "spacy-rehearsal.batch_size.v1"\n'
        f'component = "{component}"\nexamples = {examples}'
    )
    sizes = list(islice(schedule, 5000))
    assert sizes[:3] == pytest.approx([1, 1.001, 1.001**2])
    assert sizes[-1] == maximum


def test_batch_size_in_words_counts_the_readers_examples(websites: Path) -> None:
    schedule = resolve(
        '@schedules = "spacy-rehearsal.batch_size.v1"\nunit = "words"\n'
        '[schedule.examples]\n@readers = "spacy.Corpus.v1"\n'
        f'gold_preproc = false\npath = "{websites}/dev.spacy"'
    )
    lengths = [len(eg) for eg in Corpus(websites / "dev.spacy")(spacy.blank("xx"))]
    assert len(lengths) < 500
    mean = sum(lengths) / len(lengths)
    sizes = list(islice(schedule, 2000))
    assert sizes[0] == pytest.approx(mean)
    assert sizes[-1] == pytest.approx(4 * mean)


def test_batch_size_counts_texts_that_only_the_pipelines_tokens_fit(
    tmp_path: Path,
) -> None:
    """English splits can't in two, a multi-language tokenizer does not."""
    records = [["She ca n't", {"entities": [[4, 6, "X"]]}]] * 3
    records += [["She can't wait", {"entities": [[4, 6, "X"]]}]]
    (tmp_path / "train.json").write_text(json.dumps(records))
    schedule = resolve(
        '@schedules = "spacy-rehearsal.batch_size.v1"\nunit = "words"\n'
        '[schedule.examples]\n@readers = "spacy-rehearsal.SimpleCorpus.v1"\n'
        f'path = "{tmp_path}/train.json"'
    )
    assert next(iter(schedule)) == 3


PROBE = """
import spacy

@spacy.registry.schedules("probe.v1")
def create_schedule(schedule, path):
    for size in schedule:
        with open(path, "a") as file_:
            file_.write(f"{size}\\n")
        yield size
"""


def test_batch_size_counts_with_the_pipeline_in_training(tmp_path: Path) -> None:
    """Whatever reads the texts, and whatever their annotation needs of the tokens."""
    records = [["She can't wait", {"entities": [[6, 9, "X"]]}]] * 3
    (tmp_path / "train.json").write_text(json.dumps(records))
    (tmp_path / "probe.py").write_text(PROBE)
    config = load_config(ROOT / "configs" / "ner_blank.cfg", interpolate=False)
    reader = {
        "@readers": "spacy-rehearsal.SimpleCorpus.v1",
        "path": str(tmp_path / "train.json"),
    }
    passes = {"@readers": "spacy-rehearsal.PassesCorpus.v1", "*": {"x": reader}}
    config["corpora"] = {"train": passes, "dev": reader}
    config["training"]["batcher"] = {
        "@batchers": "spacy.batch_by_words.v1",
        "tolerance": 0.0,
        "discard_oversize": False,
        "size": {
            "@schedules": "probe.v1",
            "path": str(tmp_path / "sizes"),
            "schedule": {
                "@schedules": "spacy-rehearsal.batch_size.v1",
                "examples": "${corpora.train}",
                "unit": "words",
            },
        },
    }
    config.to_disk(tmp_path / "config.cfg")
    result = run_spacy(
        *("train", tmp_path / "config.cfg", "--code", tmp_path / "probe.py"),
        *("--training.max_steps", 2, "--training.eval_frequency", 10),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    sizes = [float(line) for line in (tmp_path / "sizes").read_text().split()]
    assert sizes[:2] == pytest.approx([4, 4 * 1.001])


@pytest.mark.parametrize("settings", ['component = "lemmatizer"', 'unit = "sentences"'])
def test_batch_size_refuses_what_it_does_not_know(settings: str) -> None:
    with pytest.raises(ConfigValidationError):
        resolve(
            f'@schedules = "spacy-rehearsal.batch_size.v1"\nexamples = 9\n{settings}'
        )
