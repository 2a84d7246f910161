"""The texts that a component is distilled on, and those held out."""

from itertools import chain
from pathlib import Path
from typing import Iterator, List, Sequence

from ..errors import config_error
from ..readers.gold import read_gold
from ..readers.raw import check_raw_text, open_raw, read_texts
from ..readers.sampling import draw_sample, get_split
from ..teacher.teacher import Teacher

# in words, held-out texts included
MIN_WORDS = 5000
MAX_HELD_OUT = 10_000


class Texts:
    """Raw text, and the texts of annotations: nine tenths to learn from, and a tenth,
    chosen by hash, to see how well that went. Raw text is streamed.

    raw (Path): Raw text: .jsonl or .txt.
    gold (Sequence[Path]): Annotations. Only their texts are used.
    teacher (Teacher): The pipeline that tokenizes.
    RAISES (ConfigValidationError): If a file can't be read, or they are too few.
    """

    def __init__(self, raw: Path, gold: Sequence[Path], teacher: Teacher) -> None:
        self.teacher = teacher
        self._reader = open_raw(raw)
        check_raw_text(self._reader, max_length=teacher.nlp.max_length)
        self._gold: List[str] = []
        for path in gold:
            if not path.exists():
                message = f"there is no file or directory '{path}'"
                raise config_error(["gold"], message)
            texts = [text.doc.text for text in read_gold(path, teacher.nlp)]
            self._gold += [text for text in texts if text.strip()]
        n_words = 0
        for text in chain(self._read_raw(), self._gold):
            n_words += teacher.count_words(text)
            if n_words >= MIN_WORDS:
                return
        raise config_error(
            ["raw"],
            f"'{raw}' has too little text, {n_words} words with that of the gold. It "
            f"takes {MIN_WORDS} words at least, and more is better: text like what the "
            "pipeline is used on.",
        )

    def read(self, split: str) -> Iterator[str]:
        """Read the texts of a split.

        split (str): "train" or "dev".
        YIELDS (str): The texts.
        """
        for text in chain(self._read_raw(), self._gold):
            if get_split(text) == split:
                yield text

    def draw_held_out(self, *, seed: int) -> List[str]:
        """Draw texts that are held out.

        seed (int): The seed.
        RETURNS (List[str]): The texts, all if they are few.
        """
        count_words = self.teacher.count_words
        texts = self.read("dev")
        return draw_sample(texts, MAX_HELD_OUT, count_words=count_words, seed=seed)

    def _read_raw(self) -> Iterator[str]:
        return read_texts(self._reader, self.teacher.nlp)
