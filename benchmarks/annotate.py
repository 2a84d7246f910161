"""Measure the speed of `spacy rehearsal annotate`.

    python benchmarks/annotate.py BASE_MODEL RAW.jsonl [--rounds 3] [--repeat 5]

The texts of RAW.jsonl, each several times with a number, are annotated by turns with
`nlp.pipe` and with annotate: one process, two (-n 2), two workers at once (--shard),
two on Ray (--ray local) if it is installed, and again what is done already. Printed are
ratios to one process of the same round. Those of several processes are of their speed
from the first shard on that is done, without the start; the others of CPU seconds,
without loading the pipeline.
"""

import importlib.util
import multiprocessing
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Callable, Dict, Optional

import srsly
import typer
from wasabi import msg

from spacy_rehearsal.cli.annotate import annotate
from spacy_rehearsal.teacher.annotator import Share
from spacy_rehearsal.teacher.docbin import read_contents
from spacy_rehearsal.teacher.teacher import Teacher


def main(base_model: str, raw: Path, rounds: int = 3, repeat: int = 5) -> None:
    turns: Dict[str, Dict[str, Any]] = {"-n 2": {"n_process": 2}}
    if importlib.util.find_spec("ray") is not None:
        turns["--ray"] = {"ray": "local", "n_process": 2}
    rows = []
    with tempfile.TemporaryDirectory() as name:
        many = Path(name) / "many.jsonl"
        texts = [row["text"] for row in srsly.read_jsonl(raw) if row["text"].strip()]
        numbered = ({"text": f"{t} {i}"} for i in range(repeat) for t in texts)
        srsly.write_jsonl(many, numbered)
        for i in range(rounds):
            directory = Path(name) / str(i)
            directory.mkdir()
            rows.append(measure(base_model, many, directory, turns))
            msg.table([[f"{value:.2f}" for value in rows[-1].values()]])
    medians = [f"{median(row[key] for row in rows):.2f}" for key in rows[0]]
    msg.table([medians], header=[*rows[0]], divider=True)


def measure(
    base_model: str, raw: Path, directory: Path, turns: Dict[str, Dict[str, Any]]
) -> Dict[str, float]:
    nlp = Teacher(base_model).nlp  # the first one also imports what it needs
    loading = measure_seconds(lambda: Teacher(base_model))
    texts = (row["text"] for row in srsly.read_jsonl(raw))
    plain = measure_seconds(lambda: [None for _ in nlp.pipe(texts)])
    cache, output = directory / "one", directory / "one.spacy"

    def run(**kwargs: Any) -> None:
        annotate(base_model, raw, output, force=True, **kwargs)

    one = measure_seconds(lambda: run(cache_dir=cache)) - loading
    again = measure_seconds(lambda: run(cache_dir=cache)) - loading
    output.unlink()
    from_cache = measure_seconds(lambda: run(cache_dir=cache)) - loading
    teacher = Teacher(base_model, cache_dir=cache)
    texts = (row["text"] for row in srsly.read_jsonl(raw))
    training = measure_seconds(lambda: [None for _ in teacher.predict(texts)])
    ratios = {
        "CPU of nlp.pipe": plain / one,
        # less than the difference between two loadings
        "the same again": one / max(again, 0.1),
        "from cache": one / from_cache,
        "in training": one / training,
    }
    speed = get_speed(cache)
    for name, kwargs in turns.items():
        cache = directory / name
        annotate(base_model, raw, directory / "o.spacy", cache_dir=cache, **kwargs)
        (directory / "o.spacy").unlink()
        ratios[name] = get_speed(cache) / speed
    context = multiprocessing.get_context("spawn")
    cache = directory / "shard"
    workers = [
        context.Process(
            target=annotate,
            args=(base_model, raw, directory / "o.spacy"),
            kwargs={"share": Share(number, 2), "cache_dir": cache},
        )
        for number in (1, 2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ratios["--shard"] = get_speed(cache) / speed
    return ratios


def measure_seconds(work: Callable[[], Optional[Any]]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def get_speed(cache: Path) -> float:
    """Get the words a second of the run that has filled a cache, from when its shards
    were written."""
    first, *others = sorted(cache.glob("*/*.spacy"), key=lambda p: p.stat().st_mtime_ns)
    n_words = sum(read_contents(path.read_bytes()).n_words for path in others)
    seconds = (others[-1].stat().st_mtime_ns - first.stat().st_mtime_ns) / 1e9
    return n_words / seconds


if __name__ == "__main__":
    typer.run(main)
