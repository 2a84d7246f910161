"""What several commands use."""

from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import spacy
import srsly
from jinja2 import Environment, FileSystemLoader
from spacy.language import Language
from spacy.training.corpus import JsonlCorpus, PlainTextCorpus
from thinc.api import ConfigValidationError
from wasabi import Printer

from ..errors import UnavailablePipelineError, config_error
from ..readers.raw import RawReader, check_path

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    keep_trailing_newline=True,
)
RAW_FILE_TYPES = (".jsonl", ".txt")


@contextmanager
def show_errors() -> Iterator[None]:
    """Print what is wrong with the input, and exit with status 1."""
    try:
        yield
    except ConfigValidationError as err:
        fail("\n".join(error["msg"] for error in err.errors))
    except UnavailablePipelineError as err:
        fail(f"'{err.base_model}' {err.problem}")


def fail(text: str) -> None:
    Printer(no_print=False).fail(text, exits=1)


def check_output(path: Path, *, force: bool) -> None:
    """Check that a file can be written.

    path (Path): The file.
    force (bool): Whether a file that is there may be replaced.
    RAISES (ConfigValidationError): If it is there, or its directory is not.
    """
    if path.is_dir():
        raise config_error(["output"], f"'{path}' is a directory, expected a file")
    if path.exists() and not force:
        raise config_error(
            ["output"], f"'{path}' already exists. Overwrite it with --force."
        )
    if not path.parent.is_dir():
        raise config_error(["output"], f"there is no directory '{path.parent}'")


def load_blank(lang: str) -> Language:
    """Create a blank pipeline that tokenizes a language.

    lang (str): Code of the language.
    RETURNS (Language): The pipeline.
    RAISES (ConfigValidationError): If there is no such language.
    """
    try:
        return spacy.blank(lang)
    except ImportError as err:
        raise config_error(["lang"], " ".join(str(err).split())) from None


def open_raw(path: Path, *, min_length: int = 0, max_length: int = 0) -> RawReader:
    """Open a file of raw text with the reader of spaCy that is for it.

    path (Path): A .jsonl or .txt file.
    min_length (int): Shortest text to read, in tokens.
    max_length (int): Longest text to read, in tokens. 0 for no limit.
    RETURNS (RawReader): The reader.
    RAISES (ConfigValidationError): If there is no such file.
    """
    create = PlainTextCorpus if path.suffix == ".txt" else JsonlCorpus
    reader: RawReader = create(path, min_length=min_length, max_length=max_length)
    check_path("raw", reader)
    if path.suffix not in RAW_FILE_TYPES:
        raise config_error(
            ["raw", "path"], f"'{path}' is no {' or '.join(RAW_FILE_TYPES)} file"
        )
    return reader


def print_json(data: Any) -> None:
    """Print data for machines."""
    print(srsly.json_dumps(data, indent=2))
