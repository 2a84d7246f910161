"""Raw text for all that needs it: open, check and read it."""

import os
from itertools import islice
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Tuple

from spacy import util
from spacy.language import Language
from spacy.training import Corpus
from spacy.training.corpus import JsonlCorpus, PlainTextCorpus

from ...errors import config_error
from ...files import FILE_TYPE, find_files
from .corpus import RawCorpus
from .files import LOC, RawFile
from .lines import are_wrapped
from .one_pass import RawPass

SPACY_READERS = {JsonlCorpus: ".jsonl", PlainTextCorpus: ".txt"}
# what is read before work starts
N_CHECKED = 1000  # texts
N_CHARACTERS_CHECKED = 10_000_000
# where lines that are wrapped are looked for
N_FILES_FOR_WRAPPED = 10
N_LINES_FOR_WRAPPED = 500


def as_raw_corpus(reader: Any) -> Any:
    """Read files of raw text with RawCorpus, those of spaCy's own readers too.

    reader (Any): A reader.
    RETURNS (Any): The RawCorpus for the same files, or another kind of reader itself.
    """
    kind = SPACY_READERS.get(type(reader))
    if kind is None:
        return reader
    return RawCorpus(
        reader.path,
        min_length=reader.min_length,
        max_length=reader.max_length,
        kind=".json" if reader.path and reader.path.suffix == ".json" else kind,
    )


def check_path(name: str, reader: Any) -> None:
    """Check that the files of a reader are there.

    name (str): The reader's block, "gold" or "raw".
    reader (Any): The reader. Readers of other kinds pass.
    RAISES (ConfigValidationError): If its path is missing or holds no such file.
    """
    if isinstance(reader, RawCorpus):
        reader.find_files()
    if type(reader) is not Corpus:
        return
    path: Path = reader.path
    if path == Path():
        raise config_error([name, "path"], "is empty, expected a file or directory")
    if not os.path.exists(path):
        raise config_error([name, "path"], f"there is no file or directory '{path}'")
    if not any(find_files(path, FILE_TYPE)):
        raise config_error(
            [name, "path"], f"the directory '{path}' holds no {FILE_TYPE} file"
        )


def check_raw_text(
    reader: Any,
    *,
    count_words: Optional[Callable[[str], int]] = None,
    is_used: Callable[[str], bool] = bool,
    nlp: Optional[Language] = None,
) -> Optional[RawPass]:
    """Check raw text before work starts: that all files can be opened, and that the
    first texts can be read. Says what is special about these.

    reader (Any): The reader. Others than RawCorpus pass, and so does what comes in.
    count_words (Optional[Callable[[str], int]]): Counts the tokens of a text, to tell
        which ones are split.
    is_used (Callable[[str], bool]): Tells whether a text that is not empty is used.
        By default all are.
    nlp (Optional[Language]): The pipeline in training, for which all is said once.
    RETURNS (Optional[RawPass]): What was read: `N_CHECKED` texts, or all.
    RAISES (ConfigValidationError): If a file can't be opened, a text can't be read, or
        there is none.
    """
    if not isinstance(reader, RawCorpus) or reader.is_stdin:
        return None
    reader.begin_pass().check_files()
    if reader.text_per == "line":
        warn_of_wrapped_lines(reader.find_files())
    texts = reader.begin_pass()
    n_characters = 0
    for text in islice(texts, N_CHECKED):
        n_characters += len(text)
        if is_used(text) and count_words is not None:
            reader.split(texts, text, count_words)
        if n_characters > N_CHARACTERS_CHECKED:
            break
    if not texts.n_texts:
        raise config_error(LOC, f"there is no text in '{reader.path}'")
    reader.tell(nlp)
    return texts


def read_texts(
    reader: Any,
    nlp: Language,
    *,
    count_words: Optional[Callable[[str], int]] = None,
    is_used: Callable[[str], bool] = bool,
    limit: Optional[int] = None,
) -> Iterator[str]:
    """Read the texts of a reader, without the empty ones. With files of raw text this
    adds no word to a vocab, and tokenizes only where a length is set.

    reader (Callable[[Language], Iterable[Example]]): The reader.
    nlp (Language): The pipeline that other readers are called with.
    count_words (Optional[Callable[[str], int]]): Counts the tokens of a text. By
        default the pipeline does.
    is_used (Callable[[str], bool]): Tells whether a text that is not empty is used.
        By default all are.
    limit (Optional[int]): How many texts to read, before they are split. By default
        all.
    RETURNS (Iterator[str]): The texts. It holds on to the pipeline only where it needs
        it.
    RAISES (ConfigValidationError): While the texts are taken, at the first that can't
        be read.
    """
    if isinstance(reader, RawCorpus):
        count_words = count_words or (lambda text: len(nlp.make_doc(text)))
        return reader.read(count_words, is_used, limit=limit)
    texts = (e.text for e in reader(nlp) if e.text.strip())
    return filter(is_used, islice(texts, limit))


def warn_of_wrapped_lines(files: List[Tuple[Path, str]]) -> None:
    """Warn if the lines of the first text files look like parts of texts.

    files (List[Tuple[Path, str]]): The files, with their kinds.
    """
    for path, kind in files[:N_FILES_FOR_WRAPPED]:
        if kind != ".txt":
            continue
        with RawFile(path, kind) as file_:
            read = islice(file_.read_lines(), N_LINES_FOR_WRAPPED)
            lines = [line.strip() for _, line in read if isinstance(line, str)]
        if are_wrapped(lines):
            util.logger.warning(
                "%s looks as if its lines were wrapped: '%s' ends in the middle of a "
                "sentence, and each line is read as a text of its own. To read "
                "paragraphs, use --text-per paragraph, or in a config the reader "
                'spacy-rehearsal.RawCorpus.v1 with text_per = "paragraph".',
                path,
                lines[0][-40:],
            )
            return
