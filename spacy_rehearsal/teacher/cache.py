"""Predictions, remembered by the model that made them and by their texts."""

import os
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Union

import srsly
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..binaries import check_msgpack, decompress
from ..errors import make_visible
from ..files import FILE_TYPE, digest, make_private, write_bytes
from .docbin import Contents, LeanDocBin, pack, read_contents

FORMAT_VERSION = 2
MAX_BYTES_IN_MEMORY = 64 * 2**20


def split_into_shards(
    texts: Iterable[str],
    *,
    mean_size: int = 256,
    max_size: int = 1024,
    max_chars: int = 500_000,
) -> Iterator[List[str]]:
    """Cut a stream of texts into shards at places that the texts decide.

    A shard ends where the hash of its last text is divisible by `mean_size`, so
    a text that is added or removed somewhere changes one or two shards and
    leaves the others as they were (content-defined chunking, Muthitacharoen et
    al. 2001, "A Low-bandwidth Network File System", section 3.1).

    texts (Iterable[str]): The texts.
    mean_size (int): Mean length of a shard, in texts.
    max_size (int): Largest length of a shard, in texts.
    max_chars (int): A shard ends once it is this long, in characters.
    YIELDS (List[str]): The texts of one shard, in order.
    """
    shard: List[str] = []
    n_chars = 0
    for text in texts:
        shard.append(text)
        n_chars += len(text)
        if (
            int(digest([text.encode("utf8")]), 16) % mean_size == 0
            or len(shard) >= max_size
            or n_chars >= max_chars
        ):
            yield shard
            shard, n_chars = [], 0
    if shard:
        yield shard


class PredictionCache:
    """Annotated docs, remembered by the model that made them and by their texts.

    Without a directory they are kept in memory, up to 64 MB. With one, each shard
    is a DocBin file `<directory>/<model>/<key>.spacy` beside a manifest.json that
    says what made them. Shards are written whole or not at all, so a run that is
    killed leaves all that it had finished, and several runs of one user can share one
    directory.

    model (Dict[str, Any]): What identifies the model, as JSON values.
    attrs (List[str]): The token attributes that the docs are annotated with.
    cache_dir (Optional[Union[str, Path]]): The directory, or None for memory.
    RAISES (OSError): If the directory can't be written to, or belongs to someone else.
    """

    def __init__(
        self,
        model: Dict[str, Any],
        *,
        attrs: List[str],
        cache_dir: Optional[Union[str, Path]] = None,
    ) -> None:
        self.manifest = {"format": FORMAT_VERSION, **model, "attrs": attrs}
        serialized = srsly.json_dumps(self.manifest, sort_keys=True)
        self.model_key = digest([serialized.encode()])
        self.attrs = attrs
        self.path = Path(cache_dir) / self.model_key if cache_dir else None
        self._memory: Dict[str, bytes] = {}
        self._n_bytes = 0
        self._warned = False
        if self.path is not None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(self.path)
            self._owner = self.path.stat().st_uid
            write_bytes(
                self.path / "manifest.json",
                srsly.json_dumps(self.manifest, indent=2).encode("utf8"),
            )

    def get(self, texts: Sequence[str], vocab: Vocab) -> Optional[List[Doc]]:
        """Get the docs of a shard. A damaged file counts as not there.

        texts (Sequence[str]): The texts of the shard, in order.
        vocab (Vocab): The vocab for the docs.
        RETURNS (Optional[List[Doc]]): The docs, one a text, or None.
        """
        key = self.get_key(texts)
        data = self._read(key)
        if data is None:
            return None
        try:
            check_msgpack(decompress(data))
            docs = list(DocBin().from_bytes(data).get_docs(vocab))
            if [doc.text for doc in docs] != list(texts):
                raise ValueError("it holds other texts")
        except Exception as err:  # a damaged file can raise anything
            self._warn(key, err)
            return None
        return docs

    def find(self, key: str) -> Optional[Contents]:
        """Tell what the file of a shard holds, without making docs of it. A damaged
        file counts as not there.

        key (str): The shard's key.
        RETURNS (Optional[Contents]): What it holds, or None.
        """
        data = self._read(key)
        return None if data is None else read_contents(data)

    def put(self, texts: Sequence[str], docs: Iterable[Doc]) -> DocBin:
        """Remember the docs of a shard.

        texts (Sequence[str]): The texts of the shard, in order.
        docs (Iterable[Doc]): Their docs.
        RETURNS (DocBin): What is remembered.
        """
        docs = list(docs)
        doc_bin = LeanDocBin(attrs=self.attrs, docs=docs)
        self.store(self.get_key(texts), pack(doc_bin, self._describe(texts, docs)))
        return doc_bin

    def pack(self, texts: Sequence[str], docs: Sequence[Doc]) -> bytes:
        """Serialize the docs of a shard.

        texts (Sequence[str]): The texts of the shard, in order.
        docs (Sequence[Doc]): Their docs.
        RETURNS (bytes): The content of the shard's file.
        """
        doc_bin = LeanDocBin(attrs=self.attrs, docs=docs)
        return pack(doc_bin, self._describe(texts, docs))

    def store(self, key: str, data: bytes) -> None:
        """Remember what a shard was serialized to.

        key (str): The shard's key.
        data (bytes): The content of its file.
        """
        if self.path is not None:
            write_bytes(self.path / f"{key}{FILE_TYPE}", data)
        elif self._n_bytes + len(data) <= MAX_BYTES_IN_MEMORY:
            self._memory[key] = data
            self._n_bytes += len(data)

    def get_key(self, texts: Sequence[str]) -> str:
        """Get what identifies the model and the texts of a shard."""
        return digest(part.encode("utf8") for part in [self.model_key, *texts])

    def get_path(self, key: str) -> Path:
        """Get the file of a shard.

        key (str): The shard's key.
        RETURNS (Path): The file, whether it is there or not.
        RAISES (ValueError): If the predictions are kept in memory.
        """
        if self.path is None:
            raise ValueError("predictions that are kept in memory have no file")
        return self.path / f"{key}{FILE_TYPE}"

    def _describe(self, texts: Sequence[str], docs: Sequence[Doc]) -> Contents:
        labels = Counter(ent.label_ for doc in docs for ent in doc.ents)
        n_words = sum(map(len, docs))
        return Contents(self.get_key(texts), len(docs), n_words, dict(labels))

    def _read(self, key: str) -> Optional[bytes]:
        """Read the file of a shard, unless it is not there, damaged or foreign."""
        if self.path is None:
            return self._memory.get(key)
        try:
            with self.get_path(key).open("rb") as file_:
                data = file_.read()
                owner = os.fstat(file_.fileno()).st_uid
            if owner != self._owner:
                raise ValueError("it belongs to another user")
            if read_contents(data).key != key:
                raise ValueError("it was made for something else")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as err:
            self._warn(key, err)
            return None
        return data

    def _warn(self, key: str, err: Exception) -> None:
        if not self._warned:
            message = (
                "Damaged or foreign file in the prediction cache: "
                f"{self.get_path(key)} ({err}). "
                "Such files are ignored, and their texts are predicted again."
            )
            warnings.warn(make_visible(message), stacklevel=3)
            self._warned = True
