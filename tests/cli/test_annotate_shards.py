"""annotate by several workers, each a command of its own."""

import json
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training.corpus import Corpus, JsonlCorpus

from spacy_rehearsal.cli import annotate as annotate_module
from spacy_rehearsal.cli.annotate import annotate
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.annotator import Share
from spacy_rehearsal.teacher.cache import split_into_shards
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import run_rehearsal

TEXTS = [f"Ann {i} left Oslo" for i in range(400)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model") / "model", "PERSON", "GPE")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return write_raw(tmp_path / "raw.jsonl", TEXTS)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    small = partial(split_into_shards, mean_size=20, max_size=50)
    monkeypatch.setattr(annotate_module, "split_into_shards", small)


def make_model(path: Path, *labels: str) -> Path:
    nlp = spacy.blank("en")
    ner: Any = nlp.add_pipe("ner")
    for label in labels:
        ner.add_label(label)
    nlp.initialize()
    nlp.to_disk(path)
    return path


def write_raw(path: Path, texts: List[str]) -> Path:
    srsly.write_jsonl(path, ({"text": text} for text in texts))
    return path


def run(*args: Any, status: int = 0) -> str:
    return " ".join(run_rehearsal("annotate", *args, status=status).output.split())


def run_json(*args: Any) -> Dict[str, Any]:
    return json.loads(run_rehearsal("annotate", *args, "--json").stdout)


def read_texts(path: Path) -> List[str]:
    return [example.text for example in Corpus(path)(spacy.blank("en"))]


@pytest.mark.parametrize("name", ["out.spacy", "out"])
def test_workers_share_the_shards(
    model: Path, raw: Path, tmp_path: Path, name: str
) -> None:
    output = tmp_path / name
    counts = [run_json(model, raw, output, "--shard", f"{i}/3") for i in (3, 1, 2)]
    assert [count["worker"] for count in counts] == [3, 1, 2]
    n_shards = [count["shards"] for count in counts]
    assert max(n_shards) - min(n_shards) <= 1 < min(n_shards)
    assert {count["all_shards"] for count in counts} == {sum(n_shards)}
    assert sum(count["texts"] for count in counts) == len(TEXTS)
    assert not output.exists()
    collected = run_json(model, raw, output, "--collect")
    assert collected["texts"] == len(TEXTS)
    assert collected["new_words"] == 0
    assert read_texts(output) == TEXTS
    assert sorted(os.listdir(tmp_path)) == sorted([name, "raw.jsonl"])
    annotate(str(model), raw, tmp_path / "alone.spacy")
    if name == "out.spacy":
        assert output.read_bytes() == (tmp_path / "alone.spacy").read_bytes()


def test_a_lost_worker_is_named_and_goes_on(
    model: Path, raw: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.spacy"
    for i in (1, 3):
        run(model, raw, output, "--shard", f"{i}/3")
    printed = run(model, raw, output, "--collect", status=1)
    assert "shards are missing" in printed
    assert "of worker 2." in printed
    assert "with --shard 2/3. What is done is kept" in printed
    # twice at once, or again, does no harm
    assert run_json(model, raw, output, "--shard", "2/3")["new_words"]
    assert not run_json(model, raw, output, "--shard", "2/3")["new_words"]
    next(tmp_path.glob("out.spacy.parts/*/*.spacy")).unlink()
    assert "1 of" in run(model, raw, output, "--collect", status=1)
    # without --collect the command does what is missing itself
    counts = run_json(model, raw, output)
    assert 0 < counts["new_words"] < counts["words"]
    assert read_texts(output) == TEXTS


def test_a_changed_text_is_told_and_what_has_not_changed_is_kept(
    model: Path, raw: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.spacy"
    run(model, raw, output, "--shard", "1/2")
    write_raw(raw, ["A new one", *TEXTS, "And another"])
    assert "was read by worker 1. Run that" in run(model, raw, output, "--shard", "2/2")
    printed = run(model, raw, output, "--collect", status=1)
    assert "The text, or which of it is read, is not what worker 1 read." in printed
    assert "--shard 1/2" in printed
    counts = run_json(model, raw, output, "--shard", "1/2")
    assert 0 < counts["new_words"] < counts["words"]
    counts = run_json(model, raw, output, "--shard", "2/2")
    assert counts["differing"] == []
    run(model, raw, output, "--collect")
    assert read_texts(output) == ["A new one", *TEXTS, "And another"]


def test_bad_input_ends_in_one_message(model: Path, raw: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.spacy"
    for args, message in [
        (("--shard", "0/3"), "no worker 0 of 3: they are counted from 1 to 3"),
        (("--shard", "4/3"), "no worker 4 of 3: they are counted from 1 to 3"),
        (("--shard", "1/0"), "no worker 1 of 0"),
        (("--shard", "3"), "expected e.g. --shard 3/8, found '3'"),
        (("--shard", "1/2", "--collect"), "exclude each other"),
        (("--shard", "1/2", "--ray", "local"), "exclude each other"),
        (("--collect",), "no worker has begun"),
        (("--ray", "localhost:1"), "Ray"),
    ]:
        assert message in run(model, raw, output, *args, status=1)
        assert os.listdir(tmp_path) == ["raw.jsonl"]
    run(model, raw, output, "--shard", "1/2")
    parts = {path: path.read_bytes() for path in tmp_path.rglob("*.spacy")}
    message = "worker 1 of 3, and " + f"'{output}.parts' was begun by 2 workers"
    assert message in run(model, raw, output, "--shard", "1/3", status=1)
    other = make_model(tmp_path / "other", "PERSON", "SHOP")
    for args in (("--shard", "2/2"), ("--collect",), ()):
        printed = run(other, raw, output, *args, status=1)
        assert "was begun with another base model: weights" in printed
    assert parts == {path: path.read_bytes() for path in tmp_path.rglob("*.spacy")}
    run(model, raw, output, "--shard", "2/2")
    run(model, raw, output, "--collect")
    assert "already exists" in run(model, raw, output, "--shard", "1/2", status=1)


def test_a_second_run_annotates_nothing(
    model: Path, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, cache = tmp_path / "out.spacy", tmp_path / "cache"
    first = annotate(str(model), raw, output, cache_dir=cache)
    assert first["new_words"] == first["words"]
    before = output.read_bytes()

    def fail(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(Teacher, "predict_shard", fail)
    expected = {**first, "new_words": 0, "seconds": 0.0}
    # from the output itself
    assert annotate(str(model), raw, output, force=True) == expected
    output.unlink()
    again = annotate(str(model), raw, output, cache_dir=cache)
    assert {**again, "seconds": 0.0} == expected
    assert output.read_bytes() == before
    monkeypatch.undo()
    write_raw(raw, TEXTS[:-1])
    assert annotate(str(model), raw, output, force=True)["texts"] == len(TEXTS) - 1
    assert read_texts(output) == TEXTS[:-1]


def test_training_starts_with_everything_predicted(
    model: Path, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # of the size that shards have in training too
    output, cache = tmp_path / "out.spacy", tmp_path / "cache"
    for i in (1, 2):
        run(model, raw, output, "--shard", f"{i}/2", "--cache-dir", cache)
    run(model, raw, output, "--collect", "--cache-dir", cache)
    assert len(list(cache.rglob("*.spacy"))) > 1
    gold = tmp_path / "gold.spacy"
    annotate(str(model), write_raw(tmp_path / "gold.jsonl", ["Bo sang"]), gold)
    teacher = Teacher(model, cache_dir=cache)
    predicted: List[str] = []
    predict = Teacher.predict_shard

    def predict_and_note(self: Teacher, texts: List[str], *args: Any) -> Any:
        predicted.extend(texts)
        return predict(self, texts, *args)

    monkeypatch.setattr(Teacher, "predict_shard", predict_and_note)
    reader = JsonlCorpus(raw)
    corpus = RehearsalCorpus(
        Corpus(gold), teacher, raw=reader, min_silver=4 * len(TEXTS)
    )
    nlp: Language = spacy.load(model)
    examples = list(corpus(nlp))
    assert len(examples) == len(TEXTS) + 1
    # gold is completed
    assert set(predicted) <= {"Bo sang"}


def test_what_a_killed_run_leaves_goes_with_the_next(
    model: Path, raw: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.spacy"
    run(model, raw, output, "--shard", "1/1")
    kept = tmp_path / "kept"
    shutil.copytree(tmp_path / "out.spacy.parts", kept)
    run(model, raw, output, "--collect")
    # killed after the output was written
    kept.rename(tmp_path / "out.spacy.parts")
    (tmp_path / "out.spacy.parts.removed").mkdir()
    assert run_json(model, raw, output)["texts"] == len(TEXTS)
    assert sorted(os.listdir(tmp_path)) == ["out.spacy", "raw.jsonl"]
    assert "already exists" in run(model, raw, output, status=1)


def test_parts_are_private(model: Path, raw: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.spacy"
    run(model, raw, output, "--shard", "1/1")
    parts = tmp_path / "out.spacy.parts"
    for path in (parts, *(path for path in parts.iterdir() if path.is_dir())):
        assert path.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files to others")
def test_what_other_users_own_is_refused(
    model: Path, raw: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.spacy"
    annotate(str(model), raw, output, share=Share(1, 1))
    parts = tmp_path / "out.spacy.parts"
    shard = next(parts.glob("*/*.spacy"))
    os.chown(shard, 12345, -1)
    with pytest.warns(UserWarning, match="belongs to another user"):
        assert "1 of" in run(model, raw, output, "--collect", status=1)
    os.chown(shard, 0, -1)
    for directory in (parts, shard.parent):
        os.chown(directory, 12345, -1)
        printed = run(model, raw, output, "--collect", status=1)
        assert f"'{directory}' belongs to another user" in printed
        os.chown(directory, 0, -1)
    run(model, raw, output, "--collect")
    assert read_texts(output) == TEXTS


@pytest.mark.slow
def test_a_very_long_text_stops_nothing(model: Path, tmp_path: Path) -> None:
    texts = [*TEXTS[:30], "Ann left Oslo. " * 60_000, *TEXTS[30:60]]
    raw, output = write_raw(tmp_path / "raw.jsonl", texts), tmp_path / "out.spacy"
    assert run_json(model, raw, output)["texts"] > len(texts)
    docs = DocBin().from_disk(output).get_docs(spacy.blank("en").vocab)
    found = [doc.text for doc in docs]
    assert max(map(len, found)) <= 100_000
    assert "".join("".join(found).split()) == "".join("".join(texts).split())
