"""Commands of `spacy rehearsal`, which importing this package registers."""

from . import bootstrap
from .app import rehearsal_cli

__all__ = ["bootstrap", "rehearsal_cli"]
