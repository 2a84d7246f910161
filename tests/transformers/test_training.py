"""Training behind a transformer: it stays as it is, and runs once for each text."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any, List, Tuple

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span

from tests.transformers.conftest import RAW
from tests.transformers.util import get_transformer_bytes
from tests.util import (
    find_ents_without_plugin,
    get_ents,
    interrupt,
    run_rehearsal,
    run_spacy,
)

BRIEF = (
    *("--training.max_steps", 100, "--training.eval_frequency", 50),
    *("--training.batcher.size", 60, "--corpora.train.min_silver", 40),
    *("--training.optimizer.learn_rate.initial_rate", 0.01),
    *("--training.optimizer.learn_rate.warmup_steps", 10),
)
ZOO_TEXT = "Ann sells zebras ."


def train(
    base_model: Path,
    data: Path,
    output: Path,
    *components: str,
    fine_tune: bool = False,
    interrupted_at: int = 0,
) -> Path:
    """Train components with what init-config writes for them."""
    config = output.with_suffix(".cfg")
    run_rehearsal(
        *("init-config", base_model, config, "--train", data / "train.spacy"),
        *("--dev", data / "dev.spacy", "--raw", data / "raw.jsonl"),
        *(arg for name in components for arg in ("--component", name)),
        *(["--fine-tune"] if fine_tune else []),
        "--force",
    )
    with pytest.MonkeyPatch.context() as monkeypatch:
        interrupt(monkeypatch, interrupted_at)
        result = run_spacy("train", config, "--output", output, *BRIEF)
    status = 130 if interrupted_at else 0
    assert result.returncode == status, result.stdout + result.stderr
    assert "W086" not in result.stderr
    return output / "model-last"


def get_others(doc: Doc, *trained: str) -> List[Tuple[Any, ...]]:
    """Get what components that were not in training predict."""
    found: List[Tuple[Any, ...]] = []
    if "tagger" not in trained:
        found += [(t.tag_,) for t in doc]
    if "parser" not in trained:
        found += [(t.head.i, t.dep_) for t in doc]
    if "ner" not in trained:
        found += [(e.start, e.label_) for e in doc.ents]
    if "textcat" not in trained:
        found += [*doc.cats.items()]
    if "spancat" not in trained:
        found += [(s.start, s.end, s.label_) for s in doc.spans["sc"]]
    return found


def check_shared_encoder(
    base_model: Path, trained: Path, encoded: "Counter[str]", *components: str
) -> None:
    """Check that the transformer did not change, nor anything that was not in training,
    and that it did not run twice on any text."""
    assert ZOO_TEXT in encoded
    assert {*RAW} & {*encoded}
    assert {*encoded.values()} == {1}
    base, nlp = spacy.load(base_model), spacy.load(trained)
    assert nlp.pipe_names == base.pipe_names
    assert get_transformer_bytes(nlp) == get_transformer_bytes(base)
    for before, after in zip(base.pipe(RAW), nlp.pipe(RAW)):
        assert get_others(after, *components) == get_others(before, *components)


@pytest.mark.slow
def test_entities_and_arcs_are_learned_by_what_has_grown(
    base_model: Path, data: Path, tmp_path: Path, encoded: "Counter[str]"
) -> None:
    trained = train(base_model, data, tmp_path / "output", "ner", "parser")
    check_shared_encoder(base_model, trained, encoded, "ner", "parser")
    doc = spacy.load(trained)(ZOO_TEXT)
    assert get_ents(doc) == [("Ann", "PERSON"), ("zebras", "ANIMAL")]
    assert [t.dep_ for t in doc] == ["nsubj", "ROOT", "theme", "punct"]


@pytest.mark.slow
def test_heads_are_trained_in_place(
    base_model: Path, data: Path, tmp_path: Path, encoded: "Counter[str]"
) -> None:
    names = ("tagger", "textcat", "spancat")
    trained = train(base_model, data, tmp_path / "output", *names)
    check_shared_encoder(base_model, trained, encoded, *names)
    nlp = spacy.load(trained)
    doc = nlp(ZOO_TEXT)
    assert [t.tag_ for t in doc] == ["NNP", "VBZ", "ZOO", "."]
    assert doc.cats["ZOO"] > 0.5
    assert "ANIMAL" in nlp.pipe_labels["spancat"]


@pytest.mark.slow
def test_fine_tunes_the_transformer_and_rehearses_all_that_listens(
    base_model: Path, data: Path, tmp_path: Path
) -> None:
    base = spacy.load(base_model)
    for name in ("train", "dev"):  # with entities alone
        docs = []
        for doc in DocBin().from_disk(data / f"{name}.spacy").get_docs(base.vocab):
            ents = [Span(doc, ent.start, ent.end, ent.label_) for ent in doc.ents]
            docs.append(base.make_doc(doc.text))
            docs[-1].set_ents(ents)
        DocBin(docs=docs).to_disk(tmp_path / f"{name}.spacy")
    shutil.copy(data / "raw.jsonl", tmp_path)
    trained = train(base_model, tmp_path, tmp_path / "output", "ner", fine_tune=True)
    nlp = spacy.load(trained)
    assert get_transformer_bytes(nlp) != get_transformer_bytes(base)
    assert get_ents(nlp(ZOO_TEXT)) == [("Ann", "PERSON"), ("zebras", "ANIMAL")]
    tokens = [
        [(t.tag_, t.head.i, t.dep_) for doc in pipeline.pipe(RAW) for t in doc]
        for pipeline in (base, nlp)
    ]
    n_same = sum(before == after for before, after in zip(*tokens))
    assert n_same >= 0.9 * len(tokens[0])


@pytest.mark.slow
@pytest.mark.parametrize("fine_tune", [True, False])
def test_what_was_interrupted_goes_on(
    package: str, base_model: Path, data: Path, tmp_path: Path, fine_tune: bool
) -> None:
    weights = []
    for name, step in (("whole", 0), ("other", 70), ("other", 0)):
        trained = train(
            *(base_model, data, tmp_path / name, "ner"),
            fine_tune=fine_tune,
            interrupted_at=step,
        )
        nlp = spacy.load(trained)
        ner: Any = nlp.get_pipe("ner")
        weights.append(
            [
                (node.name, name, node.get_param(name).tobytes())
                for node in ner.model.walk()
                for name in node.param_names
            ]
        )
        weights[-1].append(("transformer", "", get_transformer_bytes(nlp)))
    whole, part, resumed = weights
    assert [a[:2] for a in whole] == [a[:2] for a in resumed]
    assert whole != part
    # where it learns, that of spacy-transformers differs from run to run
    if not fine_tune or package != "transformer":
        assert whole == resumed


@pytest.mark.slow
def test_what_has_grown_is_reported_tuned_compacted_and_grows_again(
    base_model: Path, data: Path, tmp_path: Path
) -> None:
    trained = train(base_model, data, tmp_path / "output", "ner")
    ents = find_ents_without_plugin(
        trained, ZOO_TEXT, make_directory(tmp_path / "bare")
    )
    assert ents == get_ents(spacy.load(trained)(ZOO_TEXT))
    report = run_rehearsal(
        *("report", base_model, trained, data / "dev.spacy"),
        *("--raw", data / "raw.jsonl"),
    )
    assert "ANIMAL" in report.output
    tuned = tmp_path / "tuned"
    run_rehearsal(
        *("tune", base_model, trained, data / "dev.spacy", tuned),
        *("--raw", data / "raw.jsonl"),
    )
    assert ("zebras", "ANIMAL") in get_ents(spacy.load(tuned)(ZOO_TEXT))
    compacted = tmp_path / "compacted"
    run_rehearsal(
        *("compact", trained, compacted, "--raw", data / "raw.jsonl"),
        *("--max-steps", 30),
    )
    assert ("Ann", "PERSON") in get_ents(spacy.load(compacted)(ZOO_TEXT))
    again = train(trained, data, tmp_path / "again", "ner")
    assert ("zebras", "ANIMAL") in get_ents(spacy.load(again)(ZOO_TEXT))


def make_directory(path: Path) -> Path:
    path.mkdir()
    return path
