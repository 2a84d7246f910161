"""Warnings that a training shows once, though it makes each reader several times."""

from typing import Set
from weakref import WeakKeyDictionary

from spacy import util

_said: "WeakKeyDictionary[object, Set[str]]" = WeakKeyDictionary()


def warn_once(owner: object, message: str) -> None:
    """Log a warning, if it was not logged for this owner before.

    owner (object): The pipeline in training, or whatever else it is about.
    message (str): The warning.
    """
    said = _said.setdefault(owner, set())
    if message not in said:
        said.add(message)
        util.logger.warning("%s", message)
