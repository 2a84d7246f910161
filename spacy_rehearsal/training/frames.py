"""What spaCy's training does not tell: the variables of the functions that run."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any, Optional

LOOP = "spacy.training.loop"
COMMAND = "spacy.cli.train"


def find_output() -> Optional[Path]:
    """Find the directory that spaCy's training, if it is what runs, saves to."""
    output = find_variable("output_path", LOOP) or find_variable("output_path", COMMAND)
    return None if output is None else Path(output)


def is_finished() -> bool:
    """Tell whether the training loop has come to its end, and was not interrupted."""
    steps = find_variable("training_step_iterator", LOOP)
    return steps is not None and steps.gi_frame is None and sys.exc_info()[0] is None


def find_variable(name: str, module: str) -> Any:
    """Find a variable of a function of some module, if one is running.

    name (str): The variable.
    module (str): The module.
    RETURNS (Any): What it is in the function that was called last, or None.
    """
    frame: Optional[FrameType] = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == module and name in frame.f_locals:
            return frame.f_locals[name]
        frame = frame.f_back
    return None
