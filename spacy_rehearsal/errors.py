"""Errors that the user sees as they are, without a traceback."""

import copyreg
import logging
import re
from configparser import InterpolationError
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Iterable, Iterator, Sequence, Union

from spacy.util import logger
from thinc.api import ConfigValidationError

# what a terminal takes for a command, what changes the direction of writing, and half
# characters, which can't be printed
INVISIBLE = re.compile(
    r"[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def make_visible(text: str) -> str:
    """Show the control characters in a text but for line breaks and tabs. All that is
    printed goes through here: in what others have written there may be commands to the
    terminal.

    text (str): The text.
    RETURNS (str): The text with \\u001b for an escape character, as JSON has it.
    """
    return INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class VisibleMessages(logging.Filter):
    """Make what this package logs visible."""

    def filter(self, record: logging.LogRecord) -> bool:
        if Path(__file__).parent in Path(record.pathname).parents:
            record.msg, record.args = make_visible(record.getMessage()), ()
        return True


logger.addFilter(VisibleMessages())


def config_error(loc: Sequence[Union[str, int]], msg: str) -> ConfigValidationError:
    """Make the error that `spacy train` prints as a table row, without a traceback.

    loc (Sequence[Union[str, int]]): Where the value stands, e.g. ["gold", "path"].
    msg (str): What was found there and what to do.
    RETURNS (ConfigValidationError): The error to raise.
    """
    shown = [make_visible(part) if isinstance(part, str) else part for part in loc]
    return ConfigValidationError(errors=[{"loc": shown, "msg": make_visible(msg)}])


# errors of other processes come back pickled
copyreg.pickle(
    ConfigValidationError,
    lambda err: (partial(ConfigValidationError, errors=[*err.errors]), ()),
)


@contextmanager
def explain_damage(loc: Sequence[Union[str, int]], what: object) -> Iterator[None]:
    """Say that what is read is damaged, whatever error it ends in.

    loc (Sequence[Union[str, int]]): Where the config names it.
    what (object): What is read.
    RAISES (ConfigValidationError): If it ends in another error.
    """
    try:
        yield
    except ConfigValidationError:
        raise
    except Exception as err:  # what is damaged can raise anything
        problem = f"{type(err).__name__}: {err}"
        raise config_error(loc, f"{what} is damaged ({problem})") from None


def list_names(names: Iterable[str]) -> str:
    """List names in a message, which are perhaps none at all.

    names (Iterable[str]): The names.
    RETURNS (str): The list.
    """
    return ", ".join(names) or "none"


class UnavailablePipelineError(InterpolationError):
    """A base pipeline that a config names but that cannot be used.

    Base pipelines are checked while the config is filled in, before spaCy loads
    the components that are sourced from them. At that stage the config system
    drops the text of a ValueError; an InterpolationError reaches the user as
    written, and `spacy train` prints it without a traceback.
    """

    def __init__(self, base_model: str, msg: str) -> None:
        self.base_model = base_model
        self.problem = msg = make_visible(msg)
        super().__init__("base_model", base_model, f"base_model -> {base_model}\t{msg}")
