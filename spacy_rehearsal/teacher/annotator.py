"""Annotate many texts part by part, so that an interrupted run can go on."""

import shutil
import time
from collections import Counter
from pathlib import Path
from typing import List

from spacy.vocab import Vocab
from tqdm import tqdm

from ..files import FILE_TYPE
from .docbin import concatenate
from .teacher import Teacher


class Annotator:
    """Annotate texts part by part, and keep the parts on disk.

    teacher (Teacher): The pipeline, with a cache on disk.
    n_process (int): Number of processes.

    ATTRIBUTES:
    paths (List[Path]): The file of each part, in order.
    seconds (float): The time spent on annotating.
    """

    def __init__(self, teacher: Teacher, *, n_process: int = 1) -> None:
        self.teacher = teacher
        self.n_process = n_process
        self.paths: List[Path] = []
        self.labels: Counter[str] = Counter()
        self.n_texts = self.n_words = self.n_new_words = 0
        self.seconds = 0.0

    def __call__(self, texts: List[str], progress: tqdm) -> None:
        """Annotate the texts of a part, unless its file is there.

        texts (List[str]): The texts.
        progress (tqdm): The progress bar to update.
        """
        cache = self.teacher.cache
        docs = cache.get(texts, Vocab())
        if docs is not None:
            progress.update(len(docs))
        else:
            start = time.perf_counter()
            docs = self.teacher.predict_shard(texts, progress, n_process=self.n_process)
            cache.put(texts, docs)
            self.seconds += time.perf_counter() - start
            self.n_new_words += sum(map(len, docs))
        self.n_texts += len(docs)
        self.n_words += sum(map(len, docs))
        self.labels.update(ent.label_ for doc in docs for ent in doc.ents)
        self.paths.append(cache.get_path(texts))

    def write(self, output: Path) -> None:
        """Write the docs of all parts, in order.

        output (Path): A .spacy file, or a new directory for a file per part.
        """
        if output.suffix == FILE_TYPE:
            concatenate(self.paths, output)
        else:
            write_directory(self.paths, output)


def write_directory(parts: List[Path], output: Path) -> None:
    """Write the files of a directory, numbered in order, beside its place, and
    rename it.

    parts (List[Path]): The files.
    output (Path): The directory.
    """
    temporary = output.with_name(output.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    for i, part in enumerate(parts):
        concatenate([part], temporary / f"{i:06}{FILE_TYPE}")
    temporary.rename(output)
