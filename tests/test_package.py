from configparser import ConfigParser
from importlib.metadata import EntryPoint, entry_points

import pytest

from .util import ROOT

SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")
NAMES = [
    EntryPoint(*line.split(" = "), group)
    for group, lines in SETUP["options.entry_points"].items()
    for line in lines.strip().splitlines()
]


@pytest.mark.parametrize("entry_point", NAMES, ids=lambda e: e.name)
def test_each_registered_name_is_installed_and_documented(entry_point: EntryPoint):
    installed = entry_points()
    if isinstance(installed, dict):  # Python 3.9
        group = installed[entry_point.group]
    else:
        group = installed.select(group=entry_point.group)
    assert entry_point.name in {installed.name for installed in group}
    registered = entry_point.load()
    if entry_point.group == "spacy_cli":  # a module, imported for its commands
        return
    assert "RETURNS" in registered.__doc__
    assert entry_point.name in (ROOT / "README.md").read_text(encoding="utf8")
