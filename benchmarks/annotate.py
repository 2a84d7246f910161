"""Measure `spacy rehearsal annotate` against `nlp.pipe`, and the memory that it takes.

    python benchmarks/annotate.py BASE_MODEL RAW.jsonl [--n-texts 1000000] [--rounds 3]

Speed: RAW.jsonl by turns with `nlp.pipe` and with the whole of annotate, same
components, in CPU seconds without those for loading. Memory: the resident memory at
each tenth of the way through --n-texts texts: those of RAW.jsonl, cut to ten words,
again and again with a counter.
"""

import os
import tempfile
import threading
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Dict, Iterator, List

import srsly
import typer
from wasabi import msg

from spacy_rehearsal.cli.annotate import annotate
from spacy_rehearsal.teacher import Teacher


def main(base_model: str, raw: Path, n_texts: int = 100_000, rounds: int = 3) -> None:
    with tempfile.TemporaryDirectory() as directory:
        measure_speed(base_model, raw, Path(directory), rounds)
        measure_memory(base_model, raw, Path(directory), n_texts)


def measure_speed(base_model: str, raw: Path, directory: Path, rounds: int) -> None:
    rows = []
    for i in range(rounds):
        start = time.process_time()
        nlp = Teacher(base_model).nlp
        loaded = time.process_time()
        for _ in nlp.pipe(text for text in read_texts(raw) if text.strip()):
            pass
        done = time.process_time()
        annotate(base_model, raw, directory / f"{i}.spacy")
        plain = done - loaded
        seconds = time.process_time() - done - (loaded - start)
        rows.append((plain, seconds, seconds / plain))
    shown = [[f"{value:.2f}" for value in row] for row in rows]
    msg.table(shown, header=("nlp.pipe", "annotate", "ratio"), divider=True)
    all_plain, all_seconds, ratios = zip(*rows)
    print(f"median ratio: {median(ratios):.3f}, of the fastest rounds: ", end="")
    print(f"{min(all_seconds) / min(all_plain):.3f}")


def measure_memory(base_model: str, raw: Path, directory: Path, n_texts: int) -> None:
    words = [" ".join(text.split()[:10]) for text in read_texts(raw)]
    texts = islice(enumerate(cycle(words)), n_texts)
    rows: Iterator[Dict[str, str]] = ({"text": f"{text} {i}"} for i, text in texts)
    srsly.write_jsonl(directory / "many.jsonl", rows)
    samples: List[float] = []
    is_done = threading.Event()

    def sample() -> None:
        while not is_done.wait(0.2):
            samples.append(get_resident_megabytes())

    thread = threading.Thread(target=sample)
    thread.start()
    annotate(base_model, directory / "many.jsonl", directory / "many")
    is_done.set()
    thread.join()
    tenths = [samples[len(samples) * i // 10] for i in range(1, 10)] + samples[-1:]
    print(f"megabytes at each tenth of {n_texts} texts:", *(f"{m:.0f}" for m in tenths))


def get_resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def read_texts(path: Path) -> List[str]:
    return [record["text"] for record in srsly.read_jsonl(path)]


if __name__ == "__main__":
    typer.run(main)
