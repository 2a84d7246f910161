from .app import rehearsal_cli
from .gazetteer import gazetteer_cli

__all__ = ["gazetteer_cli", "rehearsal_cli"]
