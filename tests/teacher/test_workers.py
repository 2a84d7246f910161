import signal
import time
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly

from spacy_rehearsal.teacher.docbin import read_contents
from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.teacher.workers import TeacherSettings, annotate_in_pool
from tests.util import run_process, start_spacy

# a tokenizer with which some texts end badly, unless they are spared
CODE = """
import os, signal, time
from pathlib import Path
import spacy

PLACE = Path(__file__).parent

class Tokenizer:
    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def __call__(self, text):
        with (PLACE / "processes").open("a") as file_:
            file_.write(f"{os.getpid()} ")
        if not (PLACE / "spared").exists():
            if text == "kill me":
                os.kill(os.getpid(), signal.SIGKILL)
            elif text == "wait":
                time.sleep(600)
            elif text == "change me":
                text = "changed"
        return self.inner(text)

@spacy.registry.tokenizers("deadly.v1")
def create():
    return lambda nlp: Tokenizer(
        spacy.registry.tokenizers.get("spacy.Tokenizer.v1")()(nlp)
    )
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    nlp = spacy.blank("en")
    ner: Any = nlp.add_pipe("ner")
    ner.add_label("PERSON")
    nlp.initialize()
    nlp.to_disk(tmp_path / "model")
    return tmp_path / "model"


def make_args(model: Path, text: str) -> List[Any]:
    """Make the arguments to annotate texts, one of which ends badly."""
    config = spacy.util.load_config(model / "config.cfg")
    config["nlp"]["tokenizer"] = {"@tokenizers": "deadly.v1"}
    config.to_disk(model / "config.cfg")
    place = model.parent
    (place / "code.py").write_text(CODE)
    texts = [f"Ann {i} left" for i in range(3000)]
    srsly.write_jsonl(place / "raw.jsonl", ({"text": t} for t in [*texts, text]))
    args = [model, place / "raw.jsonl", place / "out.spacy", "-n", 2]
    return ["rehearsal", "annotate", *args, "--code", place / "code.py"]


def is_alive(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_processes_load_the_pipeline_once(model: Path) -> None:
    """However many shards there are; what comes back is what one process makes."""
    shards = [[f"Ann {i} left", f"Bo {i} left"] for i in range(20)]
    settings = TeacherSettings(str(model), ("ner",))
    taken = 0

    def count() -> Any:
        nonlocal taken
        for shard in shards:
            taken += 1
            yield shard

    found = {}
    for done, data in enumerate(annotate_in_pool(settings, 2, count())):
        # only so many shards are on their way
        assert taken - done <= 5
        found[read_contents(data).key] = data
    teacher = Teacher(model, components=["ner"])
    expected = {teacher.cache.get_key(s): teacher.annotate(s) for s in shards}
    assert found == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    "text,message",
    [
        ("kill me", "a worker process was killed, perhaps for lack of memory"),
        ("change me", "changed"),
    ],
)
def test_a_lost_worker_ends_in_one_message(
    model: Path, tmp_path: Path, text: str, message: str
) -> None:
    args = make_args(model, text)
    result = run_process(*args)
    assert result.returncode == 1
    assert message in " ".join(result.stdout.split())
    assert "Traceback" not in result.stdout + result.stderr
    kept = list(tmp_path.glob("out.spacy.parts/*/*.spacy"))
    assert kept
    (tmp_path / "spared").touch()
    result = run_process(*args)
    assert result.returncode == 0, result.stdout
    assert "words were annotated before" in result.stdout
    assert not list(tmp_path.glob("*.parts"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_processes_end_with_the_one_that_started_them(
    model: Path, tmp_path: Path, number: signal.Signals
) -> None:
    process = start_spacy(*make_args(model, "wait"), before="")
    while len(list(tmp_path.glob("out.spacy.parts/*/*.spacy"))) < 2:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate()
    assert b"Traceback" not in errors
    workers = set((tmp_path / "processes").read_text().split())
    assert len(workers) in (1, 2)
    while any(is_alive(int(worker)) for worker in workers):
        time.sleep(0.05)
