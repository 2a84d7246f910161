"""Commands of `spacy rehearsal`, which importing this package registers."""

from . import annotate, audit, bootstrap, gazetteer, init_config, report, tune
from .app import rehearsal_cli

__all__ = [
    "annotate",
    "audit",
    "bootstrap",
    "gazetteer",
    "init_config",
    "rehearsal_cli",
    "report",
    "tune",
]
