import json
from itertools import islice
from pathlib import Path
from typing import List

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from spacy.util import load_config
from thinc.api import ConfigValidationError, compounding

from spacy_rehearsal.callbacks import (
    EvaluateWithout,
    add_labels,
    create_distillation,
    find_idle_components,
    learn_from_rejected,
)
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.simple import SimpleCorpus
from spacy_rehearsal.schedules import linear_decay
from spacy_rehearsal.teacher import Teacher

from .util import NER_CFG, SENTENCES, make_example, train_ner

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


def test_a_training_run_follows_the_schedules(sample: Path, tmp_path: Path):
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


def test_evaluation_leaves_out_what_nothing_in_training_needs(nlp: Language):
    frozen = ["tok2vec", "tagger", "parser", "lemmatizer"]
    training = {"frozen_components": frozen, "annotating_components": []}
    assert find_idle_components(nlp, training) == frozen
    # tagger and parser listen to tok2vec, so that has to run for them
    training["annotating_components"] = ["parser"]
    assert find_idle_components(nlp, training) == ["tagger", "lemmatizer"]
    training["annotating_components"] = []
    training["frozen_components"] = ["tok2vec", "lemmatizer"]
    assert find_idle_components(nlp, training) == ["lemmatizer"]
    nlp.evaluate = EvaluateWithout(nlp, nlp.pipe_names[:-1])  # type: ignore
    doc = nlp("Ann Lee lives in Oslo.")
    scores = nlp.evaluate([Example(nlp.make_doc(doc.text), doc)])
    assert scores["ents_f"] == 1.0
    assert not {"tag_acc", "dep_las"} & set(scores)
    assert nlp("Ann left.")[0].dep_ == "nsubj"


def test_a_sourced_recognizer_learns_from_rejected_spans(nlp: Language, tmp_path: Path):
    text = "Maria Schmidt met Ann Lee in Oslo."
    rejected = {"start": 18, "end": 25, "label": "PERSON"}
    record = {"text": text, "spans": [rejected], "answer": "reject"}
    (tmp_path / "data.jsonl").write_text(json.dumps({**record, "_is_binary": True}))
    corpus = SimpleCorpus(tmp_path / "data.jsonl")

    def is_found() -> bool:
        ents = [(ent.text, ent.label_) for ent in nlp(text).ents]
        return ("Ann Lee", "PERSON") in ents

    def update() -> None:
        optimizer = nlp.resume_training()
        with nlp.select_pipes(enable="ner"):
            for _ in range(15):
                nlp.update(list(corpus(nlp)), sgd=optimizer, drop=0.0)

    update()
    assert is_found()
    learn_from_rejected(nlp, "ner", corpus)
    update()
    assert not is_found()


def test_a_label_that_a_component_can_not_take_is_named(tmp_path: Path):
    nlp = spacy.blank("en")
    nlp.add_pipe("textcat")
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    nlp.initialize(lambda: examples)
    nlp.to_disk(tmp_path)
    teacher = Teacher(tmp_path, components=["textcat"])
    corpus = RehearsalCorpus(lambda nlp: examples, teacher, component="textcat")
    add_labels(nlp, corpus)
    examples[0].reference.cats = {"SALE": 1.0}
    with pytest.raises(ConfigValidationError, match="'textcat' has no label 'SALE'"):
        add_labels(nlp, corpus)


def test_only_entity_recognizers_are_distilled(token_model: Path):
    teacher = Teacher(token_model, components=["tagger", "ner"])
    create_distillation(teacher, "ner")
    with pytest.raises(ConfigValidationError, match="can't be distilled yet"):
        create_distillation(teacher, "tagger")
