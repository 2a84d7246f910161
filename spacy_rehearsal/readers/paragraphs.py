"""Raw text in files whose lines are wrapped: the paragraphs are the texts."""

import os
from itertools import islice
from pathlib import Path
from typing import Iterator, List

from spacy import util
from spacy.language import Language
from spacy.training import Example

from ..errors import config_error
from ..files import decode_lines, find_files

LOC = ("raw", "path")
FILE_TYPE = ".txt"
SAMPLE = 500  # lines
MIN_PAIRS = 2
MAX_WIDTH = 130  # characters of a line that an editor has wrapped
WRAPPED = 0.4  # of the pairs of lines
FULL = 0.6  # of the longest line
FINAL = ".!?:;\"')…"


def create_paragraph_corpus(
    path: Path, min_length: int = 0, max_length: int = 0
) -> "ParagraphCorpus":
    """Create a reader of raw text whose lines are wrapped.

    path (Path): A .txt file, or a directory of such.
    min_length (int): Shortest text to read, in tokens.
    max_length (int): Longest text to read, in tokens. 0 for no limit.
    RETURNS (ParagraphCorpus): The reader.
    RAISES (ConfigValidationError): If there is no such file.
    """
    return ParagraphCorpus(path, min_length=min_length, max_length=max_length)


class ParagraphCorpus:
    """Iterate over the paragraphs of text files: what stands between empty lines, with
    a space for each line break.

    For the settings see `create_paragraph_corpus`.
    """

    def __init__(self, path: Path, *, min_length: int = 0, max_length: int = 0) -> None:
        self.path = Path(path)
        self.min_length = min_length
        self.max_length = max_length
        if not os.path.exists(self.path):
            raise config_error(["path"], f"there is no file or directory '{path}'")
        files = [*find_files(self.path, FILE_TYPE)]
        if not files or files[0].suffix != FILE_TYPE:
            raise config_error(
                ["path"], f"'{path}' is no {FILE_TYPE} file, nor a directory of such"
            )

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Yield the paragraphs.

        nlp (Language): The pipeline that tokenizes.
        YIELDS (Example): The examples, without annotation.
        """
        for path in find_files(self.path, FILE_TYPE):
            for text in read_paragraphs(path):
                if len(text) > nlp.max_length:
                    raise config_error(
                        ["path"],
                        f"{path}: a paragraph has {len(text)} characters, more than "
                        f"the {nlp.max_length} that spaCy takes as one text. Put empty "
                        "lines into it.",
                    )
                doc = nlp.make_doc(text)
                if self.min_length <= len(doc) and not (0 < self.max_length < len(doc)):
                    yield Example(doc, doc.copy())


def read_paragraphs(path: Path) -> Iterator[str]:
    """Read the paragraphs of a file. A word that is hyphenated stays so."""
    lines: List[str] = []
    for _, line in decode_lines(LOC, path):
        if line.strip():
            lines.append(line.strip())
        elif lines:
            yield " ".join(lines)
            lines = []
    if lines:
        yield " ".join(lines)


def warn_of_wrapped_lines(path: Path) -> None:
    """Warn if the lines of text files look like parts of texts.

    path (Path): A file, or a directory.
    """
    for file_ in find_files(path, FILE_TYPE):
        lines = [line.strip() for _, line in islice(decode_lines(LOC, file_), SAMPLE)]
        if are_wrapped(lines):
            util.logger.warning(
                "%s looks as if its lines were wrapped: '%s' ends in the middle of a "
                "sentence, and each line is read as a text of its own. To read "
                "paragraphs, use --paragraphs, or in a config the reader "
                "spacy-rehearsal.ParagraphCorpus.v1.",
                file_,
                lines[0][-40:],
            )
            return


def are_wrapped(lines: List[str]) -> bool:
    """Tell whether lines are parts of texts: many are about as long as the longest one,
    end within a sentence, and go on in the next line."""
    filled = [line for line in lines if line]
    longest = max(map(len, filled), default=0)
    pairs = [(a, b) for a, b in zip(lines, lines[1:]) if a and b]
    if len(pairs) < MIN_PAIRS or longest > MAX_WIDTH:
        return False
    n_wrapped = sum(
        len(a) >= FULL * longest and a[-1] not in FINAL and b[0].islower()
        for a, b in pairs
    )
    return n_wrapped >= WRAPPED * len(pairs)
