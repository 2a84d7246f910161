"""annotate and the benchmarks on a Ray cluster that is really there."""

import json
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly

from spacy_rehearsal.cli import annotate as annotate_module
from spacy_rehearsal.cli.annotate import annotate
from spacy_rehearsal.teacher.cache import split_into_shards
from tests.util import run_rehearsal

ray = pytest.importorskip("ray", reason="needs the extra `ray`: make test-ray")
Cluster = pytest.importorskip("ray.cluster_utils").Cluster
TEXTS = [f"Ann {i} left Oslo" for i in range(400)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model"
    nlp = spacy.blank("en")
    ner: Any = nlp.add_pipe("ner")
    ner.add_label("PERSON")
    nlp.initialize()
    nlp.to_disk(path)
    return path


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    small = partial(split_into_shards, mean_size=20, max_size=50)
    monkeypatch.setattr(annotate_module, "split_into_shards", small)
    path = tmp_path / "raw.jsonl"
    srsly.write_jsonl(path, ({"text": text} for text in TEXTS))
    return path


@pytest.fixture
def alone(model: Path, raw: Path, tmp_path: Path) -> bytes:
    """What one process writes."""
    annotate(str(model), raw, tmp_path / "alone.spacy")
    return (tmp_path / "alone.spacy").read_bytes()


def find_workers() -> List[int]:
    """Find the processes that do a task on a cluster of this machine."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command = (directory / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if command.startswith(b"ray::annotate_shard"):
            found.append(int(directory.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_killed_worker_is_replaced(
    model: Path, raw: Path, alone: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out.spacy"
    killed: List[int] = []
    is_done = threading.Event()

    def kill_one() -> None:
        while not is_done.is_set() and not killed:
            for process in find_workers()[:1]:
                os.kill(process, signal.SIGKILL)
                killed.append(process)
            time.sleep(0.01)

    killer = threading.Thread(target=kill_one)
    killer.start()
    try:
        counts = annotate(str(model), raw, output, ray="local", n_process=2)
    finally:
        is_done.set()
        killer.join()
    assert killed
    assert counts["texts"] == len(TEXTS)
    assert output.read_bytes() == alone
    assert not list(tmp_path.glob("*.parts"))


@pytest.mark.slow
def test_goes_on_on_a_cluster_that_is_there(
    model: Path, raw: Path, alone: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out.spacy"
    args = ("annotate", model, raw, output)
    run_rehearsal(*args, "--shard", "1/2")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    try:
        printed = run_rehearsal(*args, "--ray", cluster.address, "--json").stdout
    finally:
        cluster.shutdown()
    counts = json.loads(printed)
    assert 0 < counts["new_words"] < counts["words"]
    assert output.read_bytes() == alone


def test_no_cluster(model: Path, raw: Path, tmp_path: Path) -> None:
    for address in ("localhost:1", "ray://localhost:1", "auto", "what"):
        args = ("annotate", model, raw, tmp_path / "out.spacy", "--ray", address)
        printed = " ".join(run_rehearsal(*args, status=1).output.split())
        assert f"there is no Ray cluster at '{address}'" in printed
        assert not (tmp_path / "out.spacy").exists()
