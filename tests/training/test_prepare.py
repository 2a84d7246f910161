import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from thinc.api import ConfigValidationError, Linear

from spacy_rehearsal.kinds.spans import EntityKind
from spacy_rehearsal.readers.formats import reading
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.simple import SimpleCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.training.data_checks import check_corpus
from spacy_rehearsal.training.prepare import add_labels, find_idle_components
from tests.util import (
    SENTENCES,
    make_doc,
    make_example,
    make_pipeline,
    run_rehearsal,
    run_spacy,
)


def test_evaluation_leaves_out_what_nothing_in_training_needs(nlp: Language) -> None:
    frozen = ["tok2vec", "tagger", "parser", "lemmatizer"]
    training = {"frozen_components": frozen, "annotating_components": []}
    assert find_idle_components(nlp, training) == frozen
    # tagger and parser listen to tok2vec, so that has to run for them
    training["annotating_components"] = ["parser"]
    assert find_idle_components(nlp, training) == ["tagger", "lemmatizer"]
    training["annotating_components"] = []
    training["frozen_components"] = ["tok2vec", "lemmatizer"]
    assert find_idle_components(nlp, training) == ["lemmatizer"]


def test_what_is_listened_to_does_not_run_for_those_that_are_fed(nlp: Language) -> None:
    frozen = [name for name in nlp.component_names if name != "parser"]
    training = {"frozen_components": frozen, "annotating_components": ["tok2vec"]}
    others = [name for name in frozen if name != "tok2vec"]
    assert find_idle_components(nlp, training) == others
    assert find_idle_components(nlp, training, ["parser"]) == frozen
    # it may be there for another component that runs
    training["frozen_components"] = [name for name in frozen if name != "tagger"]
    assert "tok2vec" not in find_idle_components(nlp, training, ["parser"])


def test_a_sourced_recognizer_learns_from_rejected_spans(
    nlp: Language, tmp_path: Path
) -> None:
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
    EntityKind().set_rejected_key(nlp.get_pipe("ner"), corpus.incorrect_spans_key)
    update()
    assert not is_found()


def test_a_label_that_a_component_can_not_take_is_named(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("textcat")
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    nlp.initialize(lambda: examples)
    nlp.to_disk(tmp_path)
    teacher = Teacher(tmp_path, components=["textcat"])
    corpus = RehearsalCorpus(lambda nlp: examples, teacher, component="textcat")
    add_labels(nlp, corpus)
    nlp.get_pipe("textcat").model = Linear()  # type: ignore[attr-defined]
    examples[0].reference.cats = {"SALE": 1.0}
    corpus = RehearsalCorpus(lambda nlp: examples, teacher, component="textcat")
    with pytest.raises(ConfigValidationError, match="'textcat' has no label 'SALE'"):
        add_labels(nlp, corpus)


def test_new_entity_labels_are_there_before_training(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    """A label that came in a later batch gave a new output layer in mid-training."""
    records = [
        ["Ann sold it on Etsy", {"entities": [[15, 19, "WEBSITE"]]}],
        ["Ann wore Levi's there", {"entities": [[9, 15, "BRAND"]]}],
    ]
    (tmp_path / "data.json").write_text(json.dumps(records))
    corpus = RehearsalCorpus(
        SimpleCorpus(tmp_path / "data.json"), teacher, shuffle=False
    )
    add_labels(nlp, corpus)
    ner: Any = nlp.get_pipe("ner")
    assert {"WEBSITE", "BRAND"} < set(ner.labels)
    upper = ner.model.get_ref("upper")
    optimizer = nlp.resume_training()
    with nlp.select_pipes(enable="ner"):
        for example in corpus(nlp):
            nlp.update([example], sgd=optimizer)
    assert ner.model.get_ref("upper") is upper


def test_gold_is_read_once(
    nlp: Language, teacher: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To check it, to count its labels and for its examples."""
    records = [["Ann sold it on Etsy", {"entities": [[15, 19, "WEBSITE"]]}]]
    (tmp_path / "data.json").write_text(json.dumps(records))
    n_read = 0
    read_records = reading.read_records

    def count(*args: Any) -> Any:
        nonlocal n_read
        n_read += 1
        return read_records(*args)

    monkeypatch.setattr(reading, "read_records", count)
    corpus = RehearsalCorpus(SimpleCorpus(tmp_path / "data.json"), teacher)
    check_corpus(nlp, corpus)
    add_labels(nlp, corpus)
    for _ in range(2):
        assert len(list(corpus(nlp))) == 1
    assert n_read == 1


def test_refuses_to_write_over_the_base_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "output").mkdir()
    base = make_pipeline(tmp_path / "output" / "model-best", "tok2vec", "ner")
    config = tmp_path / "train.cfg"
    result = run_rehearsal("init-config", base, config)
    assert "--output output " in result.output
    monkeypatch.chdir(tmp_path)
    result = run_rehearsal("init-config", "output/model-best", config, "--force")
    assert "--output output_next " in result.output
    doc = make_doc("Ann sells mugs .", ("mugs", "GOODS"))
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    args = (config, "--paths.train", "gold.spacy", "--paths.dev", "gold.spacy")
    steps = ("--paths.raw", "null", "--training.max_steps", 1)
    trained = run_spacy("train", *args, *steps, "--output", "output", cwd=tmp_path)
    assert trained.returncode == 1
    assert "would be lost. Give another directory" in trained.stdout
    assert (base / "meta.json").exists()
    trained = run_spacy("train", *args, *steps, "--output", "output_next", cwd=tmp_path)
    assert trained.returncode == 0, trained.stdout + trained.stderr
