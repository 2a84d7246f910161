"""What spaCy's training does not tell: the variables of the functions that run."""

import sys
from types import FrameType
from typing import Any, Optional

LOOP = "spacy.training.loop"
COMMAND = "spacy.cli.train"


def find_variable(module: str, name: str) -> Any:
    """Find a variable of a function of some module, if one is running.

    module (str): The module.
    name (str): The variable.
    RETURNS (Any): What it is in the function that was called last, or None.
    """
    frame: Optional[FrameType] = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == module and name in frame.f_locals:
            return frame.f_locals[name]
        frame = frame.f_back
    return None
