import json
from itertools import islice
from pathlib import Path
from typing import Any, List

import numpy
import pytest
import spacy
from spacy.util import load_config, registry
from thinc.api import SGD, ConfigValidationError, compounding

from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.training.callbacks import (
    create_distillation,
    create_learn_rate_scale,
)
from spacy_rehearsal.training.schedules import linear_decay
from tests.util import (
    NER_CFG,
    SENTENCES,
    make_example,
    run_rehearsal,
    run_spacy,
    train_ner,
)

N_STEPS = 200
PROBE = """
import json
import spacy

@spacy.registry.loggers("probe.v1")
def create_logger(path):
    def setup(nlp, stdout, stderr):
        def log_step(info):
            nodes = nlp.get_pipe("ner").model.walk()
            nodes = [n for n in nodes if "dropout_rate" in n.attrs]
            rates = {n.attrs["dropout_rate"] for n in nodes}
            with open(path, "a") as file_:
                file_.write(json.dumps(sorted(rates)) + "\\n")
        return log_step, lambda: None
    return setup

@spacy.registry.batchers("probe.v1")
def create_batcher(batcher, path):
    def batch(examples):
        for batch in batcher(examples):
            with open(path, "a") as file_:
                file_.write(json.dumps([len(eg) for eg in batch]) + "\\n")
            yield batch
    return batch

@spacy.registry.callbacks("probe.v1")
def create_callback(path):
    def record(nlp, info):
        with open(path, "a") as file_:
            file_.write(json.dumps(info["step"]) + "\\n")
    return record
"""


def read_jsonl(path: Path) -> list:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.slow
def test_a_training_run_follows_the_schedules(sample: Path, tmp_path: Path) -> None:
    """Probe the dropout rate in the layers and the batch sizes of `spacy train`."""
    (tmp_path / "probe.py").write_text(PROBE)
    config = load_config(NER_CFG, interpolate=False)
    training = config["training"]
    callbacks = training["before_update"]["*"]
    callbacks["dropout"]["schedule"].update(start=0.5, stop=0.3, decay=0.001)
    callbacks["probe"] = {"@callbacks": "probe.v1", "path": str(tmp_path / "steps")}
    training["batcher"] = {
        "@batchers": "probe.v1",
        "path": str(tmp_path / "lengths"),
        "batcher": {
            "@batchers": "spacy.batch_by_words.v1",
            "tolerance": 0.0,
            "discard_oversize": False,
            "size": {
                "@schedules": "spacy-rehearsal.batch_size.v1",
                "component": "tagger",
                "examples": 1500,
                "unit": "words",
            },
        },
    }
    training["logger"] = {"@loggers": "probe.v1", "path": str(tmp_path / "rates")}
    config.to_disk(tmp_path / "config.cfg")
    result = train_ner(
        *(tmp_path / "config.cfg", sample, "--code", tmp_path / "probe.py"),
        *("--training.max_steps", N_STEPS - 1, "--training.eval_frequency", 1000),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert read_jsonl(tmp_path / "steps") == list(range(N_STEPS))
    rates: List[List[float]] = read_jsonl(tmp_path / "rates")
    expected = islice(linear_decay(0.5, 0.3, 0.001), N_STEPS)
    # the first step is evaluated, which sets the rate to 0 once the update is done
    assert rates[1:] == [[pytest.approx(rate)] for rate in expected][1:]
    batches: List[List[int]] = read_jsonl(tmp_path / "lengths")
    limits = (20 * size for size in compounding(1, 32, 1.001))
    limit, used = next(limits), []
    for lengths in batches:
        if sum(lengths) > limit:
            # a text that is too long for any batch comes alone, beside the schedule
            assert len(lengths) == 1
        else:
            used.append((sum(lengths), limit))
            limit = next(limits)
    assert len(used) > 100
    assert limit > 22
    assert sum(n_words for n_words, _ in used) > 0.6 * sum(limit for _, limit in used)


def test_a_component_learns_slower_for_as_long_as_the_callback_lives(
    token_model: Path,
) -> None:
    def step(*, is_scaled: bool) -> Any:
        """How far the output layer of the tagger goes."""
        nlp = spacy.load(token_model, exclude=["ner"])
        tagger: Any = nlp.get_pipe("tagger")
        name = "spacy-rehearsal.learn_rate_scale.v1"
        block = {"@callbacks": name, "component": "tagger", "scale": 0.25}
        callback = registry.resolve({"callback": block})["callback"]
        callback(nlp, {})
        callback(nlp, {})
        if not is_scaled:
            del callback
        layer = tagger.model.get_ref("output_layer")
        start = layer.get_param("b").copy()
        examples = [make_example(nlp, sentence) for sentence in SENTENCES]
        nlp.update(examples, sgd=SGD(0.1, use_averages=False))
        return layer.get_param("b") - start

    slow, plain = step(is_scaled=True), step(is_scaled=False)
    assert plain.any()
    numpy.testing.assert_allclose(slow, 0.25 * plain, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_a_learn_rate_scale_is_above_0(scale: float) -> None:
    with pytest.raises(ConfigValidationError, match="must be above 0, found"):
        create_learn_rate_scale("tagger", scale)


def test_distilling_what_is_none_of_the_teachers_components_is_an_error(
    token_model: Path,
) -> None:
    teacher = Teacher(token_model, components=["tagger", "ner"])
    create_distillation(teacher, "ner")
    create_distillation(teacher, "tagger")
    with pytest.raises(ConfigValidationError, match="is none of the teacher's compon"):
        create_distillation(teacher, "parser")


@pytest.mark.slow
def test_distilling_what_the_pipeline_lacks_is_an_error_before_training(
    token_model: Path, sample: Path, tmp_path: Path
) -> None:
    args = [f"--{name}={sample / name}.spacy" for name in ("train", "dev")]
    args.append("--in-place")
    run_rehearsal("init-config", token_model, tmp_path / "config.cfg", *args)
    config = load_config(tmp_path / "config.cfg", interpolate=False)
    config["nlp"]["pipeline"].remove("ner")
    del config["components"]["ner"]
    config["training"]["frozen_components"] = ["tok2vec"]
    config["corpora"]["gold"] = "${corpora.train.gold}"
    for name in ("train_corpus", "dev_corpus"):
        config["training"][name] = "corpora.gold"
    config["training"]["score_weights"] = {}
    config.to_disk(tmp_path / "config.cfg")
    raw = ("--paths.raw", sample / "raw.jsonl")
    result = run_spacy("train", tmp_path / "config.cfg", *raw)
    assert result.returncode == 1
    assert "the pipeline in training has no 'ner', it has: tok2vec" in result.stdout
    assert "training.before_update" in result.stdout
    assert "Traceback" not in result.stderr
