"""The texts that a component is distilled on, and those held out."""

from itertools import chain
from pathlib import Path
from typing import Iterable, Iterator, List, Optional, Sequence

from ..errors import config_error
from ..readers.gold import read_gold
from ..readers.raw_text.corpus import RawCorpus
from ..readers.raw_text.reading import check_raw_text
from ..readers.sampling import N_TEXTS_TO_DRAW_FROM, draw_sample, get_split
from ..teacher.teacher import Teacher

# in words: of all texts to learn from, of the raw ones an epoch, and of those held out
MIN_WORDS = 1000
MIN_RAW = 8000
MAX_HELD_OUT = 10_000


class Texts:
    """Raw text, and the texts of annotations: nine tenths to learn from, and a tenth,
    chosen by hash, to see how well that went. Raw text is streamed.

    raw (RawCorpus): Raw text.
    gold (Sequence[Path]): Annotations. Only their texts are used.
    teacher (Teacher): The pipeline that tokenizes.
    RAISES (ConfigValidationError): If a file can't be read, or they are too few.
    """

    def __init__(self, raw: RawCorpus, gold: Sequence[Path], teacher: Teacher) -> None:
        self._teacher = teacher
        raw.check_reread()
        check_raw_text(raw)
        self._raw = raw
        self._gold: List[str] = []
        for path in gold:
            if not path.exists():
                message = f"there is no file or directory '{path}'"
                raise config_error(["gold"], message)
            texts = [text.doc.text for text in read_gold(path, teacher.nlp)]
            self._gold += [text for text in texts if text.strip()]
        self._check_length()
        self._stream = self._stream_raw()

    def read_epoch(self) -> Iterator[str]:
        """Read the texts of an epoch: those of the gold, and as much raw text, from
        where the last epoch stopped.

        YIELDS (str): The texts.
        """
        n_words = 0
        for text in pick("train", self._gold):
            n_words += self._teacher.count_words(text)
            yield text
        n_words = max(n_words, MIN_RAW)
        for text in self._stream:
            yield text
            n_words -= self._teacher.count_words(text)
            if n_words <= 0:
                return

    def draw_held_out(self, *, seed: int) -> List[str]:
        """Draw texts that are held out.

        seed (int): The seed.
        RETURNS (List[str]): The texts, all if they are few. Of raw text they are among
            the first `N_TEXTS_TO_DRAW_FROM`.
        """
        raw = self._read_raw(limit=N_TEXTS_TO_DRAW_FROM)
        texts = pick("dev", chain(raw, self._gold))
        count_words = self._teacher.count_words
        return draw_sample(texts, MAX_HELD_OUT, count_words=count_words, seed=seed)

    def _check_length(self) -> None:
        n_words = 0
        for text in pick("train", chain(self._read_raw(), self._gold)):
            n_words += self._teacher.count_words(text)
            if n_words >= MIN_WORDS:
                return
        raise config_error(
            ["raw"],
            f"'{self._raw.path}' has too little text, {n_words} words with that of the "
            f"gold but without the tenth that is held out. It takes {MIN_WORDS} words "
            "at least, and more is better: text like what the pipeline is used on.",
        )

    def _stream_raw(self) -> Iterator[str]:
        """Yield the raw texts to learn from, again and again."""
        is_empty = False
        while not is_empty:
            is_empty = True
            for text in pick("train", self._read_raw()):
                is_empty = False
                yield text

    def _read_raw(self, *, limit: Optional[int] = None) -> Iterator[str]:
        count_words = self._teacher.count_words
        return self._raw.read(count_words, limit=limit)


def pick(split: str, texts: Iterable[str]) -> Iterator[str]:
    """Pick the texts of a split.

    split (str): "train" or "dev".
    texts (Iterable[str]): The texts.
    RETURNS (Iterator[str]): Those of the split.
    """
    return (text for text in texts if get_split(text) == split)
