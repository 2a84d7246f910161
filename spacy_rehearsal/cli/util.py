"""What several commands use."""

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, Optional

import spacy
import srsly
from catalogue import RegistryError
from spacy.cli._util import Opt
from spacy.language import Language
from thinc.api import ConfigValidationError

from ..base_pipeline import EMBEDDING_FACTORIES, find_listened, find_pipeline
from ..errors import UnavailablePipelineError, config_error
from ..readers.raw_text.corpus import RawCorpus
from ..readers.raw_text.files import KINDS
from .terminal import msg, print_text

RAW_FILES = (
    f"{', '.join(KINDS)}, compressed or not, a directory of one of these, or a pattern "
    "in quotes, such as 'data/*.jsonl.gz'"
)
RAW = Opt(None, "--raw", "-r", help=f"Raw text without new labels: {RAW_FILES}")
TEXT_KEY = Opt(
    None,
    "--text-key",
    help='Key or column of the raw text. By default "text" or the like',
)
TEXT_PER = Opt(
    "line",
    "--text-per",
    help="What of a .txt file is a text: line, paragraph (of lines that are wrapped) "
    "or file",
)
ON_ERROR = Opt(
    "raise",
    "--on-error",
    help="What to do with raw text that can't be read: raise (end in an error) or skip",
)
# -c is --component
CODE = Opt(
    None,
    "--code",
    help="Path to Python file with additional code (registered functions) to be "
    "imported",
)


@contextmanager
def show_errors() -> Iterator[None]:
    """Print what is wrong with the input, and exit with status 1."""
    try:
        yield
    except ConfigValidationError as err:
        fail("\n".join(error["msg"] for error in err.errors))
    except UnavailablePipelineError as err:
        fail(f"'{err.base_model}' {err.problem}")
    except (OSError, sqlite3.Error) as err:  # a full disk, most often
        fail(str(err))
    except RegistryError as err:
        what, *_ = str(err).split(". If")
        fail(f"{what}. If it is your own, give the file that registers it with --code.")


def open_raw(
    path: Optional[Path], text_key: Optional[str], text_per: str, on_error: str
) -> Optional[RawCorpus]:
    """Open the raw text of a command that can do without, as its options say."""
    if path is None:
        return None
    return RawCorpus(path, text_key=text_key, text_per=text_per, on_error=on_error)


def fail(text: str) -> None:
    msg.fail(text, exits=1)


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


def check_pipeline_output(path: Path, *, source: str, force: bool) -> None:
    """Check that a pipeline can be written.

    path (Path): The directory.
    source (str): Package name or path of the pipeline that it is made from.
    force (bool): Whether a pipeline that is there may be replaced.
    RAISES (ConfigValidationError): If something else is there, or the directory that is
        to hold it is not.
    """
    made_from = find_pipeline(source).resolve()
    if made_from in (path.resolve(), *path.resolve().parents):
        raise config_error(
            ["output"], f"'{path}' is in '{source}' itself. Give another directory."
        )
    is_pipeline = (path / "config.cfg").is_file() and (path / "meta.json").is_file()
    if path.exists() and not is_pipeline:
        raise config_error(
            ["output"], f"'{path}' already exists, and is no pipeline. Give another."
        )
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


def print_json(data: Any) -> None:
    """Print data for machines."""
    print_text(srsly.json_dumps(data, indent=2))


def check_listened(config: Dict[str, Any], name: str, base_model: str) -> None:
    """Check that there is a recipe for what a component listens to.

    config (Dict[str, Any]): The base pipeline's config.
    name (str): The component.
    base_model (str): The base pipeline, for messages.
    RAISES (ConfigValidationError): If there is none yet.
    """
    for upstream in find_listened(config, name):
        block = config["components"][upstream]
        spans = block["model"].get("get_spans", {}).get("@span_getters", "")
        if block["factory"] not in EMBEDDING_FACTORIES or "sent_spans" in spans:
            what = f"{spans} of a " if "sent_spans" in spans else "a "
            raise config_error(
                ["component"],
                f"'{name}' of '{base_model}' listens to {what}{block['factory']}. "
                "There is no recipe for that, only for tok2vec and for transformers "
                "that need no other component.",
            )
