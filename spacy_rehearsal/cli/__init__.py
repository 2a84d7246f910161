"""Commands of `spacy rehearsal`, which importing this package registers."""

from . import annotate, audit, bootstrap, init_config, report
from .app import rehearsal_cli

__all__ = ["annotate", "audit", "bootstrap", "init_config", "rehearsal_cli", "report"]
