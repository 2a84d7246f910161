from configparser import ConfigParser
from importlib.metadata import EntryPoint, entry_points
from typing import List

import pytest
from spacy.cli._util import app
from typer.main import get_command

from tests.util import ROOT, run_rehearsal

DOCS = ROOT / "docs" / "api"
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")
NAMES = [
    EntryPoint(name, value, group)
    for group, lines in SETUP["options.entry_points"].items()
    if group != "spacy_cli"
    for name, value in (line.split(" = ") for line in lines.strip().splitlines())
]


@pytest.mark.parametrize("entry_point", NAMES, ids=lambda e: e.name)
def test_each_registered_name_is_installed_and_documented(
    entry_point: EntryPoint,
) -> None:
    installed = entry_points()
    if isinstance(installed, dict):  # Python 3.9
        group = installed[entry_point.group]
    else:
        group = installed.select(group=entry_point.group)
    assert entry_point.name in {installed.name for installed in group}
    function = entry_point.load()
    if not isinstance(function, type):
        assert "RETURNS" in function.__doc__
    pages = [page.read_text(encoding="utf8") for page in DOCS.glob("*.md")]
    assert any(entry_point.name in page for page in pages)


def get_commands() -> List[str]:
    rehearsal = get_command(app).commands["rehearsal"]  # type: ignore[attr-defined]
    return list(rehearsal.commands)


def test_the_commands_are_registered() -> None:
    assert dict(SETUP["options.entry_points"])["spacy_cli"]
    assert "bootstrap" in get_commands()


@pytest.mark.parametrize("name", get_commands())
def test_each_command_is_documented(name: str) -> None:
    assert list((DOCS / "commands").glob(f"{name}*.md"))
    assert "Usage:" in run_rehearsal(name, "--help").stdout
