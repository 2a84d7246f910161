"""Each registered name, command and public name has its page, with its settings."""

import ast
import inspect
import json
from configparser import ConfigParser
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest
import typer
from spacy.language import Language

import spacy_rehearsal
from spacy_rehearsal.cli import rehearsal_cli
from tests.docs.util import API_PAGES, DOCS, read_settings, read_tables
from tests.util import ROOT

API = DOCS / "api"
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")
# the groups that other packages can add to, and the table that lists what is in them:
# its page, and the header of its first column
GROUPS = {
    "spacy_rehearsal_gazetteers": ("label_mapper", "kind"),
    "spacy_rehearsal_growth": ("growth", "architecture"),
    "spacy_rehearsal_kinds": ("kinds", "factory"),
}
NAMES = [
    EntryPoint(name, value, group)
    for group, lines in SETUP["options.entry_points"].items()
    if group != "spacy_cli"
    for name, value in (line.split(" = ") for line in lines.strip().splitlines())
]
REGISTERED = [n for n in NAMES if not n.group.startswith("spacy_rehearsal_")]
OTHER_PAGES = [API / f"{name}.md" for name in ("index", "growth", "kinds", "python")]
Parameters = Dict[str, Any]


def get_page(name: str) -> Path:
    """Get the page of a registered name: spacy-rehearsal.Teacher.v1 has Teacher.md."""
    return API / f"{name.split('.')[1] if '.' in name else name}.md"


def get_commands(
    app: typer.Typer = rehearsal_cli, *path: str
) -> Iterator[Tuple[str, Callable[..., Any]]]:
    """Find the commands, e.g. "gazetteer-build", and their functions."""
    for command in app.registered_commands:
        assert command.name and command.callback
        yield "-".join([*path, command.name]), command.callback
    for group in app.registered_groups:
        assert group.typer_instance
        name = group.name or group.typer_instance.info.name
        yield from get_commands(group.typer_instance, *path, str(name))


COMMANDS = dict(get_commands())


def get_defaults(function: Callable[..., Any]) -> Parameters:
    """Get the settings of a function as a config names them, and their defaults."""
    return {
        "*" if parameter.kind == parameter.VAR_POSITIONAL else name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "self"
    }


def get_command_defaults(function: Callable[..., Any]) -> Parameters:
    """Get the arguments of a command, options with all of their names."""
    defaults = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if isinstance(parameter.default, typer.models.OptionInfo):
            long = f"--{name.replace('_', '-')}"
            is_switch = not parameter.default.param_decls
            names = parameter.default.param_decls or (long, long.replace("--", "--no-"))
            assert not is_switch or parameter.annotation is bool
            name = ", ".join(names)
        defaults[name] = parameter.default.default
        if defaults[name] is ...:
            defaults[name] = inspect.Parameter.empty
    return defaults


def check_settings(page: Path, documented: Dict[str, str], actual: Parameters) -> None:
    """Check that a table of settings says what the code says."""
    where = page.relative_to(ROOT)
    missing = [name for name in actual if name not in documented]
    invented = [name for name in documented if name not in actual]
    assert not missing, f"{where}: not in the table of settings: {missing}"
    assert not invented, f"{where}: in the table, but not in the code: {invented}"
    for name, default in actual.items():
        shown = documented[name]
        if default is inspect.Parameter.empty:
            assert shown == "required", f"{where}: '{name}' has no default"
        else:
            expected = json.dumps(default)
            try:
                is_right = json.loads(shown) == json.loads(expected)
            except ValueError:
                is_right = False
            assert is_right, f"{where}: '{name}' is {expected}, not {shown}"


@pytest.mark.parametrize("entry_point", REGISTERED, ids=lambda e: e.name)
def test_each_registered_name_has_its_page_and_settings(
    entry_point: EntryPoint,
) -> None:
    page = get_page(entry_point.name)
    assert page.exists(), f"{entry_point.name} needs a page {page.relative_to(ROOT)}"
    assert entry_point.name in page.read_text(encoding="utf8")
    actual = get_defaults(entry_point.load())
    if entry_point.group == "spacy_factories":
        actual = Language.get_factory_meta(entry_point.name).default_config or {}
    tables = read_settings(page)
    [documented] = tables.values() or [{}]
    check_settings(page, documented, actual)


def test_the_settings_of_initialize_are_documented() -> None:
    [documented] = read_settings(
        API / "label_mapper.md", first="setting of initialize"
    ).values()
    actual = get_defaults(spacy_rehearsal.LabelMapper.initialize)
    for given_by_spacy in ("get_examples", "nlp"):
        del actual[given_by_spacy]
    check_settings(API / "label_mapper.md", documented, actual)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_page_and_arguments(name: str) -> None:
    page = API / "commands" / f"{name}.md"
    assert page.exists(), f"the command needs a page {page.relative_to(ROOT)}"
    [documented] = read_settings(page, first="argument").values()
    check_settings(page, documented, get_command_defaults(COMMANDS[name]))


@pytest.mark.parametrize(
    "group", sorted({n.group for n in NAMES} - {n.group for n in REGISTERED})
)
def test_what_is_in_a_group_of_ours_is_documented(group: str) -> None:
    assert group in GROUPS, f"no page of the docs lists what is in {group}"
    page, first = GROUPS[group]
    [table] = [t for t in read_tables(API / f"{page}.md") if t.header[0] == first]
    documented = [cells[0].strip("`") for cells in table.rows]
    assert documented == [name.name for name in NAMES if name.group == group]


@pytest.mark.parametrize("first", ["attribute", "method"])
def test_what_a_kind_has_is_documented(first: str) -> None:
    [table] = [t for t in read_tables(API / "kinds.md") if t.header[0] == first]
    documented = {cells[0].strip("*`") for cells in table.rows}
    kind = spacy_rehearsal.Kind
    members = {*vars(kind), *kind.__annotations__}
    methods = {name for name in members if callable(getattr(kind, name, None))}
    actual = methods if first == "method" else members - methods
    assert documented == {name for name in actual if not name.startswith("_")}


def test_each_public_name_is_documented() -> None:
    page = API / "python.md"
    headings = [
        line.strip("# `")
        for line in page.read_text(encoding="utf8").splitlines()
        if line.startswith("## ")
    ]
    assert headings == sorted(spacy_rehearsal.__all__)


def get_public(name: str) -> Any:
    """Find a public name, or a method of one: "Gazetteer.find"."""
    found: Any = spacy_rehearsal
    for part in name.split("."):
        found = getattr(found, part)
    return found


PYTHON_SETTINGS = read_settings(API / "python.md", first="name")


@pytest.mark.parametrize("name", PYTHON_SETTINGS)
def test_the_arguments_of_public_names_are_documented(name: str) -> None:
    actual = get_defaults(get_public(name))
    documented = PYTHON_SETTINGS[name]
    for setting, default in list(actual.items()):
        if default is not inspect.Parameter.empty and not is_json(default):
            assert documented.pop(setting) == "see below", f"{name}: {setting}"
            del actual[setting]
    check_settings(API / "python.md", documented, actual)


def test_no_table_of_arguments_is_missing() -> None:
    takers = {n for n in spacy_rehearsal.__all__ if callable(get_public(n))}
    assert takers - {"Kind", "kinds"} <= set(PYTHON_SETTINGS)


def is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return True


def test_no_page_is_about_something_else() -> None:
    expected = {
        *(get_page(name.name) for name in REGISTERED),
        *(API / "commands" / f"{name}.md" for name in COMMANDS),
        *OTHER_PAGES,
    }
    assert not set(API_PAGES) - expected


def read_messages() -> List[str]:
    """Read all strings of the package, with "…" for what is filled in."""
    messages = []
    for path in (ROOT / "spacy_rehearsal").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    str(p.value) if isinstance(p, ast.Constant) else "…"
                    for p in node.values
                ]
                messages.append("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                messages.append(node.value)
    return messages


MESSAGES = read_messages()
ERRORS = [
    (page, cells[0].strip("`"))
    for page in [*API_PAGES, DOCS / "usage" / "troubleshooting.md"]
    for table in read_tables(page)
    if table.header[0] == "error"
    for cells in table.rows
]


@pytest.mark.parametrize(
    ("page", "error"),
    ERRORS,
    ids=[f"{page.stem}-{error[:40]}" for page, error in ERRORS],
)
def test_errors_read_as_documented(page: Path, error: str) -> None:
    assert any(error in message for message in MESSAGES), (
        f"{page.relative_to(ROOT)}: no message of the package has: {error}"
    )
