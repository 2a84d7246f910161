import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.tokens import DocBin

from .util import BASE_MODEL, ROOT


@pytest.fixture(scope="module")
def data(websites: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slice of the websites data."""
    path = tmp_path_factory.mktemp("benchmark_data")
    vocab = spacy.blank("en").vocab
    for name in ("train", "dev", "base_gold"):
        docs = DocBin().from_disk(websites / f"{name}.spacy").get_docs(vocab)
        DocBin(docs=list(docs)[:40]).to_disk(path / f"{name}.spacy")
    texts = list(srsly.read_jsonl(websites / "raw.jsonl"))
    srsly.write_jsonl(path / "raw.jsonl", texts[:80])
    srsly.write_jsonl(path / "heldout.jsonl", texts[80:120])
    return path


def run_benchmark(
    data: Path, output: Path, *args: Any
) -> "subprocess.CompletedProcess[str]":
    train, dev = data / "train.spacy", data / "dev.spacy"
    command: List[Any] = [
        *(sys.executable, ROOT / "benchmarks" / "forgetting.py"),
        *("--task", "websites", train, dev, dev),
        *("--raw", data / "raw.jsonl", "--heldout", data / "heldout.jsonl"),
        *("--base-gold", data / "base_gold.spacy", "--base-model", BASE_MODEL),
        *("--max-steps", 2, "--output", output, *args),
    ]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def test_compares_methods_and_does_nothing_twice(data: Path, tmp_path: Path):
    methods = ("--methods", "base,plain,two-ner-base-first")
    result = run_benchmark(data, tmp_path, *methods)
    assert result.returncode == 0, result.stdout + result.stderr
    for word in ("websites", "retention", "plain", "two-ner-base-first"):
        assert word in result.stdout
    summary = srsly.read_json(tmp_path / "forgetting.json")["summary"]["websites"]
    assert summary["base"]["new_f"]["mean"] == summary["base"]["false_alarms"]["mean"]
    assert summary["base"]["retention"]["mean"] == 100
    assert summary["base"]["agreement"]["mean"] == 100
    assert (
        summary["two-ner-base-first"]["size"]["mean"] > summary["plain"]["size"]["mean"]
    )
    trained = tmp_path / "runs" / "websites" / "plain" / "seed-0"
    before = {p: p.stat().st_mtime_ns for p in trained.rglob("*")}
    again = run_benchmark(data, tmp_path, *methods)
    assert again.stdout == result.stdout
    assert before == {p: p.stat().st_mtime_ns for p in trained.rglob("*")}

    other = run_benchmark(data, tmp_path, *methods, "--label-map", "GPE,LOC=PLACE")
    assert other.returncode == 1
    assert "was made with another label_map" in other.stderr


def test_bad_input_ends_in_one_message(data: Path, tmp_path: Path):
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "fine"}\n{"text": "bro\n')
    result = run_benchmark(data, tmp_path / "output", "--heldout", broken)
    assert result.returncode == 1
    assert "broken.jsonl, line 2: is not valid JSON" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "output").exists()
