"""Raw text: check and read the files of spaCy's own readers."""

import os
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Optional, Tuple, Union

from spacy import util
from spacy.language import Language
from spacy.training import Corpus
from spacy.training.corpus import JsonlCorpus, PlainTextCorpus

from ..errors import config_error
from ..files import decode_lines, find_files, line_error, load_json
from .paragraphs import ParagraphCorpus, warn_of_wrapped_lines
from .splitting import split_text

RawReader = Union[JsonlCorpus, PlainTextCorpus]
RAW_FILE_TYPES = (".jsonl", ".txt")
LOC = ("raw", "path")
TEXT_KEYS = ("text", "content", "body", "sentence", "document", "raw_text", "message")
FILE_TYPES = {Corpus: ".spacy", JsonlCorpus: ".jsonl", PlainTextCorpus: ".txt"}


def open_raw(
    path: Path, *, min_length: int = 0, max_length: int = 0, paragraphs: bool = False
) -> Union[RawReader, ParagraphCorpus]:
    """Open a file of raw text with the reader that is for it.

    path (Path): A .jsonl, .json or .txt file, or a directory of .jsonl or .txt files.
    min_length (int): Shortest text to read, in tokens.
    max_length (int): Longest text to read, in tokens. 0 for no limit.
    paragraphs (bool): Whether the lines of a text file are wrapped, so that its
        paragraphs are the texts.
    RETURNS (Callable[[Language], Iterable[Example]]): The reader.
    RAISES (ConfigValidationError): If there is no such file.
    """
    if paragraphs:
        return ParagraphCorpus(path, min_length=min_length, max_length=max_length)
    file_type = find_raw_type(path)
    create = PlainTextCorpus if file_type == ".txt" else JsonlCorpus
    reader: RawReader = create(path, min_length=min_length, max_length=max_length)
    check_path("raw", reader)
    if file_type not in (*RAW_FILE_TYPES, ".json"):
        raise config_error(
            ["raw", "path"], f"'{path}' is no {', .json or '.join(RAW_FILE_TYPES)} file"
        )
    return reader


def find_raw_type(path: Path) -> str:
    """Tell what kind of files hold raw text.

    path (Path): A file, or a directory. What is not there yet and has no ending is
        taken for a directory of .jsonl files.
    RETURNS (str): The ending of the files, e.g. ".txt".
    RAISES (ConfigValidationError): If a directory holds both kinds, or neither.
    """
    if not os.path.isdir(path):
        return path.suffix or ".jsonl"
    found = [t for t in RAW_FILE_TYPES if any(find_files(path, t))]
    if not found:
        raise config_error(
            ["raw", "path"],
            f"the directory '{path}' holds no {' or '.join(RAW_FILE_TYPES)} file",
        )
    if found[1:]:
        raise config_error(
            ["raw", "path"],
            f"the directory '{path}' holds {' and '.join(found)} files, and a reader "
            "reads one kind. Put them into two directories, and give one.",
        )
    return found[0]


def check_path(name: str, reader: Any) -> None:
    """Check that the files of one of spaCy's readers are there.

    name (str): The reader's block, "gold" or "raw".
    reader (Any): The reader. Readers of other kinds pass.
    RAISES (ConfigValidationError): If its path is missing or holds no such file.
    """
    file_type = FILE_TYPES.get(type(reader))
    if file_type is None:
        return
    path: Path = reader.path
    if path == Path():
        raise config_error([name, "path"], "is empty, expected a file or directory")
    if not os.path.exists(path):
        raise config_error([name, "path"], f"there is no file or directory '{path}'")
    if not any(find_files(path, file_type)):
        raise config_error(
            [name, "path"], f"the directory '{path}' holds no {file_type} file"
        )


def check_raw_text(
    reader: Any,
    *,
    max_length: int,
    count_words: Optional[Callable[[str], int]] = None,
    is_used: Callable[[str], bool] = bool,
) -> int:
    """Check the lines of raw text that one of spaCy's readers will read, and tell
    which ones are split because they are too long.

    reader (Any): The reader. Readers of other kinds pass.
    max_length (int): The longest text that the pipeline accepts, in characters.
    count_words (Optional[Callable[[str], int]]): Counts the tokens of a text, to tell
        which ones are split.
    is_used (Callable[[str], bool]): Tells whether a text that is not empty is used.
        By default all are.
    RETURNS (int): The number of texts that are not empty.
    RAISES (ConfigValidationError): At the first line that can't be read, with
        file and line.
    """
    file_type = FILE_TYPES.get(type(reader))
    if file_type not in (".jsonl", ".txt"):
        return 0
    n_texts = 0
    n_too_long = 0
    first_too_long = ""
    for path in find_files(reader.path, file_type):
        for line_no, text in read_lines(path, is_json=file_type == ".jsonl"):
            if not text.strip():
                continue
            n_texts += 1
            if not is_used(text):
                continue
            if len(text) > max_length and not reader.max_length:
                raise line_error(
                    LOC,
                    path,
                    line_no,
                    f"has {len(text)} characters, more than the {max_length} that "
                    "spaCy takes as one text. Split it, best into paragraphs.",
                )
            # a token has a character at least: most texts are short enough at a glance
            may_be_long = 1 <= reader.max_length < len(text)
            if may_be_long and (
                len(text) > max_length
                or (count_words and reader.max_length < count_words(text))
            ):
                n_too_long += 1
                first_too_long = first_too_long or f"{path}, line {line_no}"
    if n_too_long:
        util.logger.warning(
            "%d raw texts are longer than max_length, %d words, and split into "
            "paragraphs or sentences. The first is %s.",
            n_too_long,
            reader.max_length,
            first_too_long,
        )
    if not n_texts:
        raise config_error(["raw", "path"], f"there is no text in '{reader.path}'")
    if file_type == ".txt":
        warn_of_wrapped_lines(reader.path)
    return n_texts


def read_texts(
    reader: Any,
    nlp: Language,
    *,
    count_words: Optional[Callable[[str], int]] = None,
    is_used: Callable[[str], bool] = bool,
    is_split: bool = False,
) -> Iterator[str]:
    """Read the texts of a reader, without the empty ones. With spaCy's own readers of
    raw text this adds no word to a vocab, and tokenizes only where a length is set.

    reader (Callable[[Language], Iterable[Example]]): The reader.
    nlp (Language): The pipeline that other readers are called with.
    count_words (Optional[Callable[[str], int]]): Counts the tokens of a text. By
        default the pipeline does.
    is_used (Callable[[str], bool]): Tells whether a text that is not empty is used.
        By default all are.
    is_split (bool): Split texts that are longer than the length that is set, where
        these readers skip them.
    RETURNS (Iterator[str]): The texts. It holds on to the pipeline only where it needs
        it.
    RAISES (ConfigValidationError): While the texts are taken, at the first line that
        can't be read.
    """
    if not is_file(reader):
        return (e.text for e in reader(nlp) if e.text.strip() and is_used(e.text))
    count_words = count_words or (lambda text: len(nlp.make_doc(text)))
    return read_raw_text(reader, count_words, is_used, is_split=is_split)


def is_file(reader: Any) -> bool:
    """Tell whether a reader is one of spaCy's for files of raw text."""
    return type(reader) in (JsonlCorpus, PlainTextCorpus)


def read_raw_text(
    reader: RawReader,
    count_words: Callable[[str], int],
    is_used: Callable[[str], bool],
    *,
    is_split: bool,
) -> Iterator[str]:
    """Read the texts of one of spaCy's readers of raw text. See `read_texts`."""
    file_type = FILE_TYPES[type(reader)]
    shortest, longest = reader.min_length, reader.max_length
    for path in find_files(reader.path, file_type):
        for _, text in read_lines(path, is_json=file_type == ".jsonl"):
            if text.strip() and is_used(text):
                parts: Iterable[str] = [text]
                # a token has a character at least
                if 0 < longest < len(text) and (
                    is_split or longest < count_words(text)
                ):
                    parts = split_text(text, longest, count_words) if is_split else []
                for part in parts:
                    if shortest <= 1 or shortest <= count_words(part):
                        yield part


def read_lines(path: Path, *, is_json: bool) -> Iterator[Tuple[int, str]]:
    """Read the text of each line of a file.

    path (Path): The file.
    is_json (bool): Whether a line is a JSON object with a "text", or plain text. A
        .json file is one list of such.
    YIELDS (Tuple[int, str]): Line number, from 1, and text.
    RAISES (ConfigValidationError): At the first line that can't be read.
    """
    if path.suffix == ".json":
        yield from read_json_list(path)
        return
    for line_no, text in decode_lines(LOC, path):
        if not is_json:
            yield line_no, text.rstrip("\r\n")
        elif text.strip():
            yield line_no, parse_record(path, line_no, text)


def parse_record(path: Path, line_no: int, line: str) -> str:
    try:
        record = load_json(line)
    except ValueError as err:
        raise line_error(LOC, path, line_no, f"is not valid JSON ({err})") from None
    text = find_text(record)
    if text is None:
        raise line_error(
            LOC, path, line_no, f'is no JSON object with a "text": {line.strip()[:60]}'
        )
    return text


def read_json_list(path: Path) -> Iterator[Tuple[int, str]]:
    """Read the texts of a JSON file: a list of texts or of objects, or an object with
    such a list.

    path (Path): The file.
    YIELDS (Tuple[int, str]): Number of the text, from 1, and text.
    RAISES (ConfigValidationError): If it is something else.
    """
    content = "".join(line for _, line in decode_lines(LOC, path))
    try:
        value = load_json(content)
    except ValueError as err:
        advice = "If it has an object a line, name it .jsonl"
        problem = f"{path}: is not valid JSON ({err}). {advice}"
        raise config_error(LOC, problem) from None
    lists = [value] if isinstance(value, list) else []
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list)]
    texts = [
        [x if isinstance(x, str) else find_text(x) for x in found] for found in lists
    ]
    good = [found for found in texts if found and None not in found]
    if len(good) != 1:
        raise config_error(
            LOC,
            f'{path}: expected one list of texts, or of objects with a "text", found: '
            f"{content[:60]}",
        )
    yield from enumerate(good[0], start=1)


def find_text(record: Any) -> Optional[str]:
    """Find the text of a record. None if it has none under a usual key."""
    found = (record.get(k) for k in TEXT_KEYS) if isinstance(record, dict) else ()
    return next((text for text in found if isinstance(text, str)), None)
