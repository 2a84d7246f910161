"""Measure the speed of `spacy rehearsal annotate` against that of `nlp.pipe`.

    python benchmarks/annotate.py BASE_MODEL RAW.jsonl [--rounds 3]

RAW.jsonl is annotated by turns with `nlp.pipe` and with the whole of annotate, same
components, in CPU seconds without those for loading.
"""

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import List

import srsly
import typer
from wasabi import msg

from spacy_rehearsal.cli.annotate import annotate
from spacy_rehearsal.teacher.teacher import Teacher


def main(base_model: str, raw: Path, rounds: int = 3) -> None:
    with tempfile.TemporaryDirectory() as directory:
        measure(base_model, raw, Path(directory), rounds)


def measure(base_model: str, raw: Path, directory: Path, rounds: int) -> None:
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


def read_texts(path: Path) -> List[str]:
    return [record["text"] for record in srsly.read_jsonl(path)]


if __name__ == "__main__":
    typer.run(main)
