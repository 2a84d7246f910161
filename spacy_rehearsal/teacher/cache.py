"""Predictions, remembered by the model that made them and by their texts."""

import warnings
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Union

import srsly
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..binaries import check_doc_bin
from ..errors import make_visible
from ..files import FILE_TYPE, digest, write_bytes
from .docbin import LeanDocBin

FORMAT_VERSION = 1
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
    killed leaves all that it had finished, and several runs can share one directory.

    model (Dict[str, Any]): What identifies the model, as JSON values.
    attrs (List[str]): The token attributes that the docs are annotated with.
    cache_dir (Optional[Union[str, Path]]): The directory, or None for memory.
    """

    def __init__(
        self,
        model: Dict[str, Any],
        *,
        attrs: List[str],
        cache_dir: Optional[Union[str, Path]] = None,
    ) -> None:
        manifest = {"format": FORMAT_VERSION, **model, "attrs": attrs}
        self.model_key = digest([srsly.json_dumps(manifest, sort_keys=True).encode()])
        self.attrs = attrs
        self.path = Path(cache_dir) / self.model_key if cache_dir else None
        self._memory: Dict[str, bytes] = {}
        self._n_bytes = 0
        self._warned = False
        if self.path is not None:
            self.path.mkdir(parents=True, exist_ok=True)
            write_bytes(
                self.path / "manifest.json",
                srsly.json_dumps(manifest, indent=2).encode("utf8"),
            )

    def get(self, texts: Sequence[str], vocab: Vocab) -> Optional[List[Doc]]:
        """Get the docs of a shard. A damaged file counts as not there.

        texts (Sequence[str]): The texts of the shard, in order.
        vocab (Vocab): The vocab for the docs.
        RETURNS (Optional[List[Doc]]): The docs, one a text, or None.
        """
        key = self._get_key(texts)
        if self.path is None:
            data = self._memory.get(key)
            if data is None:
                return None
            return list(DocBin().from_bytes(data).get_docs(vocab))
        path = self.path / f"{key}{FILE_TYPE}"
        if not path.is_file():
            return None
        try:
            check_doc_bin(path)
            doc_bin = DocBin().from_disk(path)
            if key not in doc_bin.strings:
                raise ValueError("it was made for something else")
            docs = list(doc_bin.get_docs(vocab))
            if [doc.text for doc in docs] != list(texts):
                raise ValueError("it holds other texts")
        except Exception as err:  # a damaged file can raise anything
            if not self._warned:
                message = (
                    f"Damaged or foreign file in the prediction cache: {path} ({err}). "
                    "Such files are ignored, and their texts are predicted again."
                )
                warnings.warn(make_visible(message), stacklevel=2)
                self._warned = True
            return None
        return docs

    def put(self, texts: Sequence[str], docs: Iterable[Doc]) -> DocBin:
        """Remember the docs of a shard.

        texts (Sequence[str]): The texts of the shard, in order.
        docs (Iterable[Doc]): Their docs.
        RETURNS (DocBin): What is remembered.
        """
        key = self._get_key(texts)
        doc_bin = LeanDocBin(attrs=self.attrs, docs=docs)
        doc_bin.strings.add(key)
        data = doc_bin.to_bytes()
        if self.path is not None:
            write_bytes(self.path / f"{key}{FILE_TYPE}", data)
        elif self._n_bytes + len(data) <= MAX_BYTES_IN_MEMORY:
            self._memory[key] = data
            self._n_bytes += len(data)
        return doc_bin

    def _get_key(self, texts: Sequence[str]) -> str:
        return digest(part.encode("utf8") for part in [self.model_key, *texts])

    def get_path(self, texts: Sequence[str]) -> Path:
        """Get the file of a shard. Its stem is the shard's key, which is also among
        the strings that it holds.

        texts (Sequence[str]): The texts of the shard, in order.
        RETURNS (Path): The file, whether it is there or not.
        RAISES (ValueError): If the predictions are kept in memory.
        """
        if self.path is None:
            raise ValueError("predictions that are kept in memory have no file")
        return self.path / f"{self._get_key(texts)}{FILE_TYPE}"
