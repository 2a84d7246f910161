"""A reader of raw text, whatever it is kept in."""

from itertools import islice
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Tuple, Union

from spacy.language import Language
from spacy.training import Example

from ...errors import config_error
from ..splitting import split_text
from ..warn_once import warn_once
from .files import LOC, STDIN, find_raw_files
from .lines import TEXT_PER
from .one_pass import ON_ERROR, RawPass

# a component may need a gigabyte for as long a text
MAX_CHARACTERS = 100_000


def create_raw_corpus(
    path: Optional[Path],
    min_length: int = 0,
    max_length: int = 0,
    text_key: Optional[str] = None,
    text_per: str = "line",
    on_error: str = "raise",
) -> "RawCorpus":
    """Create a reader of raw text.

    path (Optional[Path]): A .jsonl, .txt, .json, .csv, .tsv or .parquet file, a
        directory of such, or a pattern such as data/*.jsonl.gz. All but .parquet can be
        compressed. null for no raw text.
    min_length (int): Shortest text to read, in tokens.
    max_length (int): Longest text to read, in tokens. Longer ones are split into
        paragraphs, lines, sentences or words, and so are those of more than 100,000
        characters. 0 for no limit but that.
    text_key (Optional[str]): The key or column of the text. By default "text", or
        another one of `TEXT_KEYS`.
    text_per (str): What of a .txt file is a text: each "line", each "paragraph" of
        lines that are wrapped, or the "file".
    on_error (str): What to do with a text, or the rest of a file, that can't be read:
        "raise" an error or "skip" it.
    RETURNS (RawCorpus): The reader.
    RAISES (ConfigValidationError): If a setting is out of range.
    """
    corpus = RawCorpus(
        path,
        min_length=min_length,
        max_length=max_length,
        text_key=text_key,
        text_per=text_per,
        on_error=on_error,
    )
    corpus.check_reread()
    return corpus


class RawCorpus:
    """Iterate over raw text. Streams.

    For the other settings see `create_raw_corpus`.

    kind (Optional[str]): The kind that all files are read as, whatever their names.

    ATTRIBUTES:
    last_pass (Optional[RawPass]): The pass that was begun last: what was found in it.
    """

    def __init__(
        self,
        path: Union[str, Path, None],
        *,
        min_length: int = 0,
        max_length: int = 0,
        text_key: Optional[str] = None,
        text_per: str = "line",
        on_error: str = "raise",
        kind: Optional[str] = None,
    ) -> None:
        check_choice("text_per", text_per, TEXT_PER)
        check_choice("on_error", on_error, ON_ERROR)
        for name, length in (("min_length", min_length), ("max_length", max_length)):
            if length < 0:
                raise config_error([name], f"must be 0 or more, found {length}")
        self.path = None if path is None else Path(path)
        self.min_length = min_length
        self.max_length = max_length
        self.text_key = text_key
        self.text_per = text_per
        self.on_error = on_error
        self.kind = kind
        self.last_pass: Optional[RawPass] = None

    @property
    def is_stdin(self) -> bool:
        """Whether it reads what comes in."""
        return str(self.path) == STDIN

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Yield the texts.

        nlp (Language): The pipeline that tokenizes.
        YIELDS (Example): The text, without annotation.
        RAISES (ConfigValidationError): If something can't be read.
        """
        for text in self.read(lambda text: len(nlp.make_doc(text))):
            doc = nlp.make_doc(text)
            yield Example(doc, doc.copy())

    def read(
        self,
        count_words: Callable[[str], int],
        is_used: Callable[[str], bool] = bool,
        *,
        limit: Optional[int] = None,
    ) -> Iterator[str]:
        """Read the texts, without the empty ones. Those that are too long are split.

        count_words (Callable[[str], int]): Counts the tokens of a text.
        is_used (Callable[[str], bool]): Tells whether a text that is not empty is used.
            By default all are.
        limit (Optional[int]): How many texts to read, before they are split. By default
            all.
        YIELDS (str): The texts.
        RAISES (ConfigValidationError): At the first that can't be read, unless such are
            skipped.
        """
        texts = self.begin_pass()
        for text in islice(texts, limit):
            if is_used(text):
                for part in self.split(texts, text, count_words):
                    if self.min_length <= 1 or self.min_length <= count_words(part):
                        yield part

    def begin_pass(self) -> RawPass:
        """Begin to read the texts as they are.

        RAISES (ConfigValidationError): If there is no file, or one is no raw text.
        """
        if self.is_stdin and self.last_pass is not None:
            self.check_reread()
        self.last_pass = RawPass(
            self.find_files(),
            text_key=self.text_key,
            text_per=self.text_per,
            on_error=self.on_error,
        )
        return self.last_pass

    def find_files(self) -> List[Tuple[Path, str]]:
        """Find the files, each with its kind.

        RAISES (ConfigValidationError): If there is none, or one is no raw text.
        """
        if self.path is None:
            raise config_error(LOC, "is null, expected a file or directory")
        return find_raw_files(self.path, self.kind)

    def split(
        self, texts: RawPass, text: str, count_words: Callable[[str], int]
    ) -> List[str]:
        """Split a text if it is too long, and count it then.

        texts (RawPass): The pass that it is from, as the last so far.
        text (str): The text.
        count_words (Callable[[str], int]): Counts the tokens of a text.
        RETURNS (List[str]): Its parts, or the text itself.
        """
        longest = self.max_length
        # a token has a character at least
        is_long = 0 < longest < len(text)
        if not is_long and len(text) <= MAX_CHARACTERS:
            return [text]
        parts = [text]
        if len(text) > MAX_CHARACTERS:
            parts = [*filter(None, split_text(text, MAX_CHARACTERS, len))]
        if is_long:

            def count(part: str) -> int:
                return count_words(part.strip())

            parts = [p for part in parts for p in split_text(part, longest, count)]
        if len(parts) != 1:
            texts.count_split()
        return parts

    def estimate_texts(self, limit: int = 0) -> Optional[int]:
        """Estimate how many texts there are, while they are read.

        limit (int): How many are read at most. 0 for all.
        RETURNS (Optional[int]): The number, if it can be told.
        """
        found = None if self.last_pass is None else self.last_pass.estimate_texts()
        return min(found or limit, limit) if limit else found

    @property
    def n_skipped(self) -> int:
        """How many texts, or files, could not be read in the last pass."""
        return 0 if self.last_pass is None else self.last_pass.n_skipped

    def tell(self, nlp: Optional[Language] = None) -> None:
        """Say how many texts the last pass has split or skipped so far, unless that was
        said before.

        nlp (Optional[Language]): The pipeline in training, which makes each reader
            several times.
        """
        if self.last_pass is not None:
            longest = f"{MAX_CHARACTERS:,} characters"
            if self.max_length:
                longest = f"max_length, {self.max_length} words"
            for message in self.last_pass.get_warnings(longest):
                warn_once(nlp or self, message)

    def check_reread(self) -> None:
        """Check that it can be read more than once.

        RAISES (ConfigValidationError): If it is what comes in.
        """
        if self.is_stdin:
            raise config_error(
                LOC,
                "- is what comes in, which can be read once, and here it is needed "
                "several times. Write it to a file.",
            )

    def reads_the_same(self, other: "RawCorpus") -> bool:
        """Tell whether another one reads the same texts."""
        names = {*vars(self)} - {"last_pass"}
        return all(getattr(self, name) == getattr(other, name) for name in names)


def check_choice(name: str, value: str, choices: Tuple[str, ...]) -> None:
    """Check a setting.

    RAISES (ConfigValidationError): If it is none of the choices.
    """
    if value not in choices:
        expected = ", ".join(f"'{choice}'" for choice in choices)
        raise config_error([name], f"must be one of {expected}, found {value!r}")
