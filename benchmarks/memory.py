"""Measure the memory that many raw texts take, each with a word that is new.

    python benchmarks/memory.py BASE_MODEL RAW.jsonl [--n-texts 1000000]

The texts are those of RAW.jsonl, cut to five words, again and again with a counter.
They go through `spacy rehearsal annotate`, and through a RehearsalCorpus in one epoch,
whose teacher keeps its predictions on disk (without cache_dir it keeps up to 64 MB of
them in memory). Prints the resident memory at each tenth of the time that this takes.
Linux only.
"""

import os
import tempfile
import threading
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import spacy
import srsly
import typer
from spacy.tokens import DocBin
from spacy.training import Corpus

from spacy_rehearsal.base_pipeline import find_pipeline
from spacy_rehearsal.cli.annotate import annotate
from spacy_rehearsal.readers.raw_text.corpus import RawCorpus
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher


def main(base_model: str, raw: Path, n_texts: int = 100_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        texts = [" ".join(row["text"].split()[:5]) for row in srsly.read_jsonl(raw)]
        counted = islice(enumerate(cycle(texts)), n_texts)
        rows: Iterator[Dict[str, str]] = ({"text": f"{t} {i}x"} for i, t in counted)
        srsly.write_jsonl(directory / "many.jsonl", rows)
        print(f"{n_texts} texts, megabytes at each tenth of the time")
        measure("annotate", annotate_all, base_model, directory)
        measure("RehearsalCorpus", read_all, base_model, directory, n_texts)


def annotate_all(base_model: str, directory: Path) -> None:
    annotate(base_model, directory / "many.jsonl", directory / "many.spacy")


def read_all(base_model: str, directory: Path, n_texts: int) -> None:
    nlp = spacy.load(find_pipeline(base_model))
    DocBin(docs=[nlp("Ann sold her bicycle in Oslo.")]).to_disk(directory / "g.spacy")
    corpus = RehearsalCorpus(
        Corpus(directory / "g.spacy"),
        Teacher(base_model, cache_dir=directory / "cache"),
        raw=RawCorpus(directory / "many.jsonl"),
        min_silver=10**12,
    )
    for _ in islice(corpus(nlp), n_texts):
        pass


def measure(name: str, function: Callable[..., None], *args: Any) -> None:
    """Call a function and print the resident memory on the way."""
    samples: List[float] = []
    is_done = threading.Event()

    def sample() -> None:
        while not is_done.wait(0.2):
            samples.append(get_resident_megabytes())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        function(*args)
    finally:
        is_done.set()
        thread.join()
    tenths = [samples[len(samples) * i // 10] for i in range(1, 10)] + samples[-1:]
    print(f"{name}:", *(f"{megabytes:.0f}" for megabytes in tenths), flush=True)


def get_resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    typer.run(main)
