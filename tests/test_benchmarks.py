import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from click.testing import CliRunner
from spacy.tokens import DocBin

from spacy_rehearsal.gazetteers.sqlite import build_sqlite
from tests.util import BASE_MODEL, ROOT

BENCHMARKS = ROOT / "benchmarks"
METHODS = ("--methods", "base,plain,two-ner-base-first")


@pytest.fixture(autouse=True)
def find_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    # what is measured is not looked at here, only that it is
    monkeypatch.setattr("measure.SPEED_WORDS", 100)
    monkeypatch.setattr("measure.SPEED_TURNS", 3)


@pytest.fixture(scope="module")
def data(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, and a little text to measure with."""
    path = tmp_path_factory.mktemp("benchmarks")
    shutil.copytree(sample, path, dirs_exist_ok=True)
    raw = srsly.read_jsonl(sample / "raw.jsonl")
    srsly.write_jsonl(path / "heldout.jsonl", islice(raw, 20))
    return path


def get_args(data: Path, output: Path) -> List[str]:
    train, dev = data / "train.spacy", data / "dev.spacy"
    args: List[Any] = [
        *("--task", "websites", train, dev, dev, "--output", output),
        *("--raw", data / "raw.jsonl", "--heldout", data / "heldout.jsonl"),
        *("--base-gold", data / "base_gold.spacy", "--base-model", BASE_MODEL),
        *("--max-steps", 2),
    ]
    return list(map(str, args))


def run_benchmark(data: Path, output: Path, *args: str, status: int = 0) -> str:
    from forgetting import forgetting

    result = CliRunner().invoke(forgetting, [*get_args(data, output), *args])
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


@pytest.mark.slow
def test_compares_methods_and_does_nothing_twice(data: Path, tmp_path: Path) -> None:
    printed = run_benchmark(data, tmp_path, *METHODS)
    for word in ("websites", "retention", "plain", "two-ner-base-first"):
        assert word in printed
    summary = srsly.read_json(tmp_path / "forgetting.json")["summary"]["websites"]
    assert summary["base"]["new_f"]["mean"] == summary["base"]["false_alarms"]["mean"]
    assert summary["base"]["retention"]["mean"] == 100
    assert summary["base"]["agreement"]["mean"] == 100
    assert (
        summary["two-ner-base-first"]["size"]["mean"] > summary["plain"]["size"]["mean"]
    )
    trained = tmp_path / "runs" / "websites" / "plain" / "seed-0"
    before = {p: p.stat().st_mtime_ns for p in trained.rglob("*")}
    assert run_benchmark(data, tmp_path, *METHODS) == printed
    assert before == {p: p.stat().st_mtime_ns for p in trained.rglob("*")}

    other = (*METHODS, "--label-map", "GPE,LOC=PLACE")
    printed = run_benchmark(data, tmp_path, *other, status=1)
    assert "was made with another label_map" in printed


@pytest.mark.slow
def test_bad_input_ends_in_one_message(data: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "fine"}\n{"text": "bro\n')
    args = [*get_args(data, tmp_path / "output"), "--heldout", str(broken)]
    result = subprocess.run(
        [sys.executable, BENCHMARKS / "forgetting.py", *args],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "broken.jsonl, line 2: is not valid JSON" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "output").exists()


def make_sequence(method: str, retention: float, *scores: List[float]) -> List[Any]:
    """Make the records of a sequence, of the F on each task after each step."""
    tasks = ["music", "ai", "fashion"]
    return [
        {
            "method": method,
            "task": task,
            "seed": seed,
            "retention": retention,
            "agreement": 80.0,
            "new_f": dict(zip(tasks, row)),
        }
        for seed in (0, 1)
        for task, row in zip(tasks, scores)
    ]


def test_sequence_says_what_is_kept_of_each_task(tmp_path: Path) -> None:
    from plots import plot_steps
    from sequence import format_steps, summarize_steps

    tasks = ["music", "ai", "fashion"]
    records = [
        *make_sequence("plain", 2.0, [0.0], [1.0, 40.0], [0.0, 10.0, 60.0]),
        *make_sequence("in-place", 99.0, [40.0], [38.0, 50.0], [37.0, 49.0, 60.0]),
    ]
    # the second seed keeps less of music
    records[-1]["new_f"]["music"] = 36.0
    summary = summarize_steps(records)
    kept = summary["in-place"]["fashion"]["kept"]
    assert kept["music"]["mean"] == pytest.approx((92.5 + 90) / 2)
    assert kept["music"]["spread"] == pytest.approx(2.5 / 2**0.5)
    assert kept["ai"] == {"mean": pytest.approx(98), "spread": 0}
    assert summary["in-place"]["music"]["kept"] == {}
    # nothing was learned of it
    assert summary["plain"]["fashion"]["kept"]["music"] is None
    table = format_steps(summary, tasks)
    rows = [row.split("  ") for row in table.splitlines() if row.startswith("in-place")]
    assert "91.2 ± 1.8" in " ".join(rows[-1])
    pytest.importorskip("matplotlib")
    plot_steps(summary, tasks, tmp_path / "sequence.png")
    assert (tmp_path / "sequence.png").read_bytes().startswith(b"\x89PNG")


def test_texts_of_earlier_tasks_join_the_raw_text(data: Path) -> None:
    from methods import Run, Task
    from sequence import read_texts

    path = data / "train.spacy"
    task = Task("websites", path, path, path)
    raw = [record["text"] for record in srsly.read_jsonl(data / "raw.jsonl")]
    docs = DocBin().from_disk(path).get_docs(spacy.blank("en").vocab)
    texts = read_texts(Run(BASE_MODEL, task, data / "raw.jsonl"), [task])
    assert sorted(texts) == sorted([*raw, *(doc.text for doc in docs)])
    assert texts[: len(raw)] != raw


def test_methods_for_sequences_only_are_refused_elsewhere(
    data: Path, tmp_path: Path
) -> None:
    methods = ("--methods", "in-place-with-texts")
    printed = run_benchmark(data, tmp_path, *methods, status=2)
    assert "in-place-with-texts is for a --sequence" in printed
    methods = ("--methods", "two-ner-new-first")
    printed = run_benchmark(data, tmp_path, "--sequence", *methods, status=2)
    assert "two-ner-new-first can't learn a sequence" in printed


def test_memory_is_measured_on_the_way(
    data: Path, token_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from memory import main

    main(str(token_model), data / "raw.jsonl", n_texts=1000)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("1000 texts")
    for line, name in zip(lines, ("annotate", "RehearsalCorpus")):
        start, numbers = line.split(":")
        assert start == name
        assert len(numbers.split()) == 10
        assert all(50 < int(number) < 5000 for number in numbers.split())


def test_memory_of_a_table_is_measured(tmp_path: Path) -> None:
    from label_mapper import measure_memory

    docs, table = tmp_path / "docs.spacy", tmp_path / "names.sqlite"
    DocBin(docs=[spacy.blank("en")("In Oslo.")]).to_disk(docs)
    build_sqlite(docs, [(1, {"name": "Oslo"})], table)
    assert 50 < measure_memory(docs, table) < 5000
