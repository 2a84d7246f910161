"""Annotate many texts shard by shard, so that an interrupted run can go on."""

import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Iterable, Iterator, List, NamedTuple, Optional

from tqdm import tqdm

from ..errors import config_error
from ..files import FILE_TYPE, write_beside
from .cache import PredictionCache
from .docbin import (
    Contents,
    concatenate,
    digest_keys,
    join_contents,
    read_contents,
)
from .workers import Workers


class Share(NamedTuple):
    """Which of all shards are done here: one in so many.

    number (int): The number of this worker, from 1.
    n_workers (int): The number of workers.
    """

    number: int
    n_workers: int

    def has(self, i: int) -> bool:
        """Tell whether a shard is among them, by its number from 0."""
        return i % self.n_workers == self.number - 1


ALL = Share(1, 1)


class Annotator:
    """Annotate texts shard by shard, and keep the shards on disk.

    cache (PredictionCache): Where they are kept.
    share (Share): Which shards are done here.

    ATTRIBUTES:
    keys (List[str]): The key of each shard, in order, whoever does it.
    missing (List[int]): The numbers of the shards that were not there before.
    n_shards (int): The number of shards that are done here, or were before.
    n_new_words (int): The number of words that were not annotated before.
    seconds (float): The time spent on annotating.
    """

    def __init__(self, cache: PredictionCache, share: Share = ALL) -> None:
        self.cache = cache
        self.share = share
        self.keys: List[str] = []
        self.missing: List[int] = []
        self.n_shards = self.n_new_words = 0
        self.seconds = 0.0
        self._n_texts = self._n_words = 0
        self._labels: Counter[str] = Counter()
        self._awaited: Counter[str] = Counter()

    @property
    def contents(self) -> Contents:
        """What the shards that are done here hold."""
        key = digest_keys(self.keys)
        return Contents(key, self._n_texts, self._n_words, self._labels)

    def get_text_key(self, shards: Iterable[List[str]]) -> str:
        """Get what identifies the model and all texts.

        shards (Iterable[List[str]]): The texts of each shard.
        RETURNS (str): The key, as that of a file with all of them.
        """
        return digest_keys(map(self.cache.get_key, shards))

    def annotate(
        self, shards: Iterable[List[str]], workers: Workers, progress: tqdm
    ) -> None:
        """Annotate the shards that are not there yet.

        shards (Iterable[List[str]]): The texts of each shard.
        workers (Workers): Who annotates them.
        progress (tqdm): The progress bar to update.
        RAISES (ConfigValidationError): If a worker has another base pipeline.
        """
        start = time.perf_counter()
        for data in workers(self._find_missing(shards, progress)):
            contents = read_contents(data)
            if not self._awaited[contents.key]:
                raise config_error(
                    ["base_model"],
                    "a worker has another base pipeline, or another version of spaCy, "
                    "than this process. Install the same ones everywhere.",
                )
            self._awaited[contents.key] -= 1
            self.cache.store(contents.key, data)
            self.n_new_words += contents.n_words
            self._count(contents, progress)
        self.seconds = time.perf_counter() - start

    def find(self, shards: Iterable[List[str]], progress: tqdm) -> None:
        """Find out which shards are missing.

        shards (Iterable[List[str]]): The texts of each shard.
        progress (tqdm): The progress bar to update.
        """
        for _ in self._find_missing(shards, progress):
            pass

    def _find_missing(
        self, shards: Iterable[List[str]], progress: tqdm
    ) -> Iterator[List[str]]:
        for i, texts in enumerate(shards):
            key = self.cache.get_key(texts)
            self.keys.append(key)
            if not self.share.has(i):
                continue
            contents = self.cache.find(key)
            if contents is not None:
                self._count(contents, progress)
            else:
                self._awaited[key] += 1
                self.missing.append(i)
                yield texts

    def write(self, output: Path) -> None:
        """Write the docs of all shards, in order.

        output (Path): A .spacy file, or a new directory for a file per shard.
        RAISES (ValueError): If there are more docs than a .spacy file can hold.
        """
        paths = [self.cache.get_path(key) for key in self.keys]
        if output.suffix == FILE_TYPE:
            concatenate(paths, output)
            return
        n_digits = max(6, len(str(len(paths))))
        with write_beside(output) as temporary:
            temporary.mkdir()
            for i, path in enumerate(paths):
                shutil.copyfile(path, temporary / f"{i:0{n_digits}}{FILE_TYPE}")

    def _count(self, contents: Contents, progress: tqdm) -> None:
        self.n_shards += 1
        self._n_texts += contents.n_texts
        self._n_words += contents.n_words
        self._labels.update(contents.labels)
        progress.update(contents.n_texts)


def read_output(path: Path) -> Optional[Contents]:
    """Tell what an output holds.

    path (Path): A .spacy file, or a directory.
    RETURNS (Optional[Contents]): What it holds. None if it is not there, is damaged, or
        was made by something else.
    """
    files = sorted(path.glob(f"*{FILE_TYPE}")) if path.is_dir() else [path]
    try:
        contents = [read_contents(file_.read_bytes()) for file_ in files]
    except (OSError, ValueError):
        return None
    return join_contents(contents) if path.is_dir() else contents[0]
