"""Run the commands of a project in this process, which saves the seconds of their
start."""

import runpy
import sys
from typing import Any, List

import pytest
from spacy.cli._util import app


def run_command(command: List[str], **settings: Any) -> None:
    """Run what `spacy project run` would run as a process."""
    _, *args = command
    try:
        if args[:2] == ["-m", "spacy"]:
            app(args[2:])
        else:
            sys.argv = args
            runpy.run_path(args[0], run_name="__main__")
    except SystemExit as exit_:
        if exit_.code:
            raise


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weasel.cli.run.run_command", run_command)
    monkeypatch.setattr("sys.argv", sys.argv)
