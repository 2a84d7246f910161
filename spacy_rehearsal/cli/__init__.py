"""Commands of `spacy rehearsal`, which importing this package registers."""

from . import (
    annotate,
    audit,
    bootstrap,
    calibrate,
    compact,
    gazetteer,
    init_config,
    remember,
    report,
    tune,
)
from .app import rehearsal_cli

__all__ = [
    "annotate",
    "audit",
    "bootstrap",
    "calibrate",
    "compact",
    "gazetteer",
    "init_config",
    "rehearsal_cli",
    "remember",
    "report",
    "tune",
]
