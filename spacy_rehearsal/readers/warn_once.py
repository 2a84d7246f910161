"""Warnings that a training shows once, though it makes each reader several times."""

from typing import Set
from weakref import WeakKeyDictionary

from spacy import util
from spacy.language import Language

_said: "WeakKeyDictionary[Language, Set[str]]" = WeakKeyDictionary()


def warn_once(nlp: Language, message: str) -> None:
    """Log a warning, if it was not logged for this pipeline before.

    nlp (Language): The pipeline in training.
    message (str): The warning.
    """
    said = _said.setdefault(nlp, set())
    if message not in said:
        said.add(message)
        util.logger.warning("%s", message)
