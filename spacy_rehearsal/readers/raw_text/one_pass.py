"""One pass through the files of raw text."""

from pathlib import Path
from typing import Iterator, List, Optional, Tuple

from thinc.api import ConfigValidationError

from .files import TABLE_KINDS, Line, RawFile
from .records import read_records

ON_ERROR = ("raise", "skip")


class RawPass:
    """Iterate over all texts but the empty ones, and count.

    files (List[Tuple[Path, str]]): The files, with their kinds.
    text_key (Optional[str]): See `create_raw_corpus`.
    text_per (str): See `create_raw_corpus`.
    on_error (str): See `create_raw_corpus`.

    ATTRIBUTES:
    is_done (bool): Whether all have been read.
    n_texts (int): How many texts there were so far.
    n_split (int): How many of them were too long.
    n_skipped (int): How many texts, or files, could not be read.
    """

    def __init__(
        self,
        files: List[Tuple[Path, str]],
        *,
        text_key: Optional[str],
        text_per: str,
        on_error: str,
    ) -> None:
        self._files = files
        self._text_key = text_key
        self._text_per = text_per
        self._on_error = on_error
        self._file: Optional[RawFile] = None
        self._sizes = [path.stat().st_size if path.exists() else 0 for path, _ in files]
        self._number = 0
        self._n_bytes = 0
        self.is_done = False
        self.n_texts = self.n_split = self.n_skipped = 0
        self.first_split = self.first_skipped = ""

    def __iter__(self) -> Iterator[str]:
        """Yield the texts.

        YIELDS (str): The text.
        RAISES (ConfigValidationError): At the first that can't be read, unless such are
            skipped.
        """
        for (path, kind), size in zip(self._files, self._sizes):
            try:
                with RawFile(path, kind) as self._file:
                    for number, text in self.read_file(self._file):
                        self._number = number
                        if not isinstance(text, str):
                            self.skip(text)
                        elif text.strip():
                            self.n_texts += 1
                            yield text
            except ConfigValidationError as err:
                self.skip(err)
            self._n_bytes += size
        self.is_done = True

    def read_file(self, file_: RawFile) -> Iterator[Line]:
        """Read the texts of a file, the empty ones too. See `read_records`."""
        return read_records(file_, text_key=self._text_key, text_per=self._text_per)

    def check_files(self) -> None:
        """Check that all files can be opened, and that tables have the column.

        RAISES (ConfigValidationError): At the first of which this is not so, unless
            such are skipped.
        """
        for path, kind in self._files:
            try:
                with RawFile(path, kind) as file_:
                    if kind in TABLE_KINDS:
                        next(self.read_file(file_), None)
                    else:
                        file_.check()
            except ConfigValidationError as err:
                self.skip(err)

    def skip(self, error: ConfigValidationError) -> None:
        """Count what can't be read.

        error (ConfigValidationError): What is wrong.
        RAISES (ConfigValidationError): The same, unless it is to be skipped.
        """
        if self._on_error == "raise":
            raise error
        self.n_skipped += 1
        self.first_skipped = self.first_skipped or error.errors[0]["msg"]

    def count_split(self) -> None:
        """Count the text that was yielded last as too long."""
        self.n_split += 1
        if self.n_split == 1 and self._file is not None:
            self.first_split = self._file.get_place(self._number)

    def estimate_texts(self) -> Optional[int]:
        """Estimate how many texts there are, from those so far and the sizes of the
        files.

        RETURNS (Optional[int]): The number, if it can be told.
        """
        n_read = self._n_bytes + (self._file.tell() if self._file else 0)
        return round(self.n_texts * sum(self._sizes) / n_read) if n_read else None

    def __str__(self) -> str:
        """Say how many texts there are, or were so far."""
        return f"the {'' if self.is_done else 'first '}{self.n_texts} raw texts"

    def get_warnings(self, longest: str) -> Iterator[str]:
        """Say how many texts were split and skipped, if any were.

        longest (str): How long a text may be.
        YIELDS (str): The messages.
        """
        if self.n_split:
            yield (
                f"{self.n_split} of {self} are longer than {longest}, and split into "
                f"paragraphs or sentences. The first is {self.first_split}."
            )
        if self.n_skipped:
            yield (
                f"{self.n_skipped} texts or files can't be read and are skipped, "
                f"beside {self} that are read. The first is {self.first_skipped}"
            )
