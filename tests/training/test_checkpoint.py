"""A training that was killed goes on, and ends as if nothing had been."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
import spacy
import srsly
from spacy import registry
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example
from thinc.api import ConfigValidationError

from spacy_rehearsal.cli.init_config import init_config
from tests.util import (
    NER_CFG,
    SENTENCES,
    interrupt,
    make_example,
    make_pipeline,
    run_process,
    start_spacy,
    train_ner,
)

KILL = """
import os, signal
from thinc.api import Optimizer

step_schedules, n_steps = Optimizer.step_schedules, 0

def step(self):
    global n_steps
    n_steps += 1
    if n_steps == {step}:
        os.kill(os.getpid(), signal.SIGKILL)
    step_schedules(self)

Optimizer.step_schedules = step
"""
SETTINGS = {"training.max_steps": 26, "training.eval_frequency": 5}
OVERRIDES = {
    **SETTINGS,
    "corpora.train.split": None,
    "corpora.dev.split": None,
    "corpora.train.min_silver": 60,
    "training.batcher.size": 30,
}


def read_weights(output: Path, name: str) -> Dict[str, bytes]:
    """Read all files of a pipeline, without the speed of the last evaluation."""
    path = output / name
    meta = srsly.read_json(path / "meta.json")
    meta["performance"].pop("speed", None)
    files = {
        str(file_.relative_to(path)): file_.read_bytes()
        for file_ in path.rglob("*")
        if file_.is_file() and file_.name != "meta.json"
    }
    return {**files, "meta.json": srsly.json_dumps(meta, sort_keys=True).encode()}


def check_same(output: Path, expected: Path) -> None:
    assert sorted(os.listdir(output)) == ["model-best", "model-last"]
    for name in ("model-best", "model-last"):
        found, wanted = (read_weights(path, name) for path in (output, expected))
        assert {name for name in wanted if found.get(name) != wanted[name]} == set()
        assert sorted(found) == sorted(wanted)


@pytest.mark.slow
def test_a_training_that_is_killed_again_and_again(
    sample: Path, tmp_path: Path
) -> None:
    settings = {**SETTINGS, "corpora.train.min_silver": 500}
    args = [arg for pair in settings.items() for arg in (f"--{pair[0]}", pair[1])]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    undisturbed = train_ner(NER_CFG, sample, "--output", whole, *args)
    assert not (whole / "checkpoint").exists()
    for step in (9, 18):

        def kill(*words: Any, step: int = step) -> "subprocess.CompletedProcess[str]":
            process = start_spacy(*words, before=KILL.format(step=step))
            process.communicate()
            assert process.returncode == -signal.SIGKILL
            return subprocess.CompletedProcess(words, process.returncode, "", "")

        train_ner(NER_CFG, sample, "--output", killed, *args, run=kill)
        # what was best is there all the time, and so is the last one
        spacy.load(killed / "model-best")
        assert (killed / "checkpoint" / "state.msgpack").exists()
    result = train_ner(NER_CFG, sample, "--output", killed, *args, run=run_process)
    assert result.returncode == 0
    assert "Going on at step 16, from the checkpoint" in result.stderr
    # the log has the steps before, too
    tables = [
        run.stdout[run.stdout.index("E    #") : run.stdout.index("Saved pipeline")]
        for run in (result, undisturbed)
    ]
    assert tables[0] == tables[1]
    check_same(killed, whole)


@registry.augmenters("tests.upper.v1")
def create_upper() -> Any:
    """Draws random numbers while examples are read."""
    import random

    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        if random.random() < 0.5:
            doc = nlp.make_doc(example.text.upper())
            example = Example.from_dict(doc, example.to_dict())
        yield example

    return augment


def write_data(path: Path) -> Dict[str, str]:
    nlp = spacy.blank("en")
    docs = [make_example(nlp, sentence).reference for sentence in SENTENCES]
    DocBin(docs=docs, store_user_data=True).to_disk(path / "train.spacy")
    raw = ["Joe sells mugs .", "It rained in Oslo .", "Ann rained on Joe ."]
    srsly.write_jsonl(path / "raw.jsonl", [{"text": text} for text in raw * 3])
    files = {"train": "train.spacy", "dev": "train.spacy", "raw": "raw.jsonl"}
    return {name: str(path / file_) for name, file_ in files.items()}


def train_with_interruptions(
    config: Path, output: Path, overrides: Dict[str, Any], steps: List[int]
) -> None:
    for step in steps:
        with pytest.MonkeyPatch.context() as monkeypatch:
            interrupt(monkeypatch, step)
            with pytest.raises(KeyboardInterrupt):
                train(config, output, overrides=overrides)
    train(config, output, overrides=overrides)


TOKENS = ["tagger", "morphologizer", "trainable_lemmatizer", "parser"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("factories", "components", "in_place"),
    [
        # that share a tok2vec
        (["tok2vec", *TOKENS], TOKENS, True),
        (["tok2vec", *TOKENS], TOKENS, False),
        (["tok2vec", "tagger", "ner"], ["ner"], False),
        (["textcat"], ["textcat"], False),
        (["textcat_multilabel"], ["textcat_multilabel"], True),
        (["spancat"], ["spancat"], True),
        (["senter"], ["senter"], False),
    ],
)
def test_components_of_all_kinds(
    tmp_path: Path, factories: List[str], components: List[str], in_place: bool
) -> None:
    base = make_pipeline(tmp_path / "base", *factories)
    config = tmp_path / "config.cfg"
    paths = write_data(tmp_path)
    config.write_text(
        init_config(str(base), components=components, paths=paths, in_place=in_place)
    )
    for name, steps in (("whole", []), ("interrupted", [13, 24])):
        train_with_interruptions(config, tmp_path / name, OVERRIDES, steps)
    check_same(tmp_path / "interrupted", tmp_path / "whole")


@pytest.mark.slow
def test_what_draws_random_numbers_while_it_reads(tmp_path: Path) -> None:
    """And gathers gradients, and keeps all examples in memory, and has no averages."""
    paths = write_data(tmp_path)
    config = tmp_path / "config.cfg"
    config.write_text(init_config("blank:en", paths=paths))
    overrides = {
        **{name: value for name, value in OVERRIDES.items() if "training" in name},
        "training.accumulate_gradient": 2,
        "training.optimizer.use_averages": False,
        "corpora.train.augmenter": {"@augmenters": "tests.upper.v1"},
    }
    for name, steps in (("whole", []), ("interrupted", [13, 24])):
        train_with_interruptions(config, tmp_path / name, overrides, steps)
    check_same(tmp_path / "interrupted", tmp_path / "whole")


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training that was interrupted at step 12, with its config and data."""
    path = tmp_path_factory.mktemp("interrupted")
    base = make_pipeline(path / "base", "tok2vec", "ner")
    text = init_config(str(base), components=["ner"], paths=write_data(path))
    (path / "config.cfg").write_text(text)
    with pytest.MonkeyPatch.context() as monkeypatch:
        interrupt(monkeypatch, 13)
        with pytest.raises(KeyboardInterrupt):
            train(path / "config.cfg", path / "output", overrides=OVERRIDES)
    return path


@pytest.fixture
def copy(interrupted: Path, tmp_path: Path) -> Path:
    """A directory to go on in with another output."""
    os.system(f"cp -r '{interrupted}/output' '{tmp_path}/output'")
    return tmp_path / "output"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"training.max_steps": 20}, "the config is another one"),
        ("damage", "ends too early"),
        ("lose", "is missing"),
    ],
)
def test_what_does_not_fit_is_passed_over(
    interrupted: Path,
    copy: Path,
    change: Any,
    message: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path, overrides = copy / "checkpoint", OVERRIDES
    if isinstance(change, dict):
        overrides = {**OVERRIDES, **change}
    elif change == "damage":
        data = (path / "state.msgpack").read_bytes()
        (path / "state.msgpack").write_bytes(data[:1000])
    else:
        (path / "model-best-11").rename(copy / "elsewhere")
    monkey = pytest.MonkeyPatch()
    monkey.setattr("spacy.util.logger.propagate", True)
    train(interrupted / "config.cfg", copy, overrides=overrides)
    monkey.undo()
    assert "Starting from the beginning" in caplog.text
    assert not path.exists()


@pytest.mark.slow
def test_other_data_is_refused_and_nothing_is_thrown_away(
    interrupted: Path, copy: Path
) -> None:
    raw = interrupted / "raw.jsonl"
    before = raw.read_bytes()
    files = sorted((copy / "checkpoint").rglob("*"))
    try:
        raw.write_bytes(before.replace(b"Oslo", b"Rome"))
        with pytest.raises(ConfigValidationError, match="Remove this directory"):
            train(interrupted / "config.cfg", copy, overrides=OVERRIDES)
    finally:
        raw.write_bytes(before)
    assert sorted((copy / "checkpoint").rglob("*")) == files
    train(interrupted / "config.cfg", copy, overrides=OVERRIDES)
    assert not (copy / "checkpoint").exists()


@pytest.mark.slow
def test_a_training_that_writes_nothing(interrupted: Path) -> None:
    before = sorted(interrupted.rglob("*"))
    train(interrupted / "config.cfg", overrides={**OVERRIDES, "training.max_steps": 6})
    assert sorted(interrupted.rglob("*")) == before


@pytest.mark.slow
def test_a_checkpoint_that_can_not_be_written_stops_nothing(
    interrupted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    (output / "checkpoint").write_text("a file that is in the way")
    monkey = pytest.MonkeyPatch()
    monkey.setattr("spacy.util.logger.propagate", True)
    train(interrupted / "config.cfg", output, overrides=OVERRIDES)
    monkey.undo()
    assert "could not be written" in caplog.text
    spacy.load(output / "model-best")
