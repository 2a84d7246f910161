"""The rooms of the package: who may import whom, and what every file keeps to."""

import ast
from pathlib import Path
from typing import Dict, Iterator, Set

import pytest

import spacy_rehearsal
from tests.util import ROOT

PACKAGE = Path(spacy_rehearsal.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
TEST_FILES = sorted((ROOT / "tests").rglob("*.py"))
MAX_LINES = 350
# what each room may import, beside itself
MAY_IMPORT: Dict[str, Set[str]] = {
    "errors": set(),
    "binaries": set(),
    "files": {"errors"},
    "tokenizing": {"errors"},
    "patterns": {"errors"},
    "kinds": {"files", "errors"},
    "base_pipeline": {"kinds", "binaries", "files", "errors"},
    "growth": {"base_pipeline", "kinds", "files", "errors"},
    "teacher": {
        *("growth", "base_pipeline", "kinds", "tokenizing"),
        *("binaries", "files", "errors"),
    },
    "gazetteers": {"binaries", "files", "errors"},
    "pipeline": {"gazetteers", "patterns", "binaries", "files", "errors"},
}
MAY_IMPORT["readers"] = {"teacher", "patterns", *MAY_IMPORT["teacher"]}
for room in ("tuning", "audit", "report"):
    MAY_IMPORT[room] = {"readers", *MAY_IMPORT["readers"]}
MAY_IMPORT["tuning"] |= {"pipeline", *MAY_IMPORT["pipeline"]}
MAY_IMPORT["training"] = {"tuning", *MAY_IMPORT["tuning"]}
MAY_IMPORT["compaction"] = {"training", "report", *MAY_IMPORT["report"]}
MAY_IMPORT["cli"] = {*MAY_IMPORT, "cli"}
MAY_IMPORT["__init__"] = {*MAY_IMPORT} - {"cli"}


def get_room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].replace(".py", "")


def find_imports(path: Path) -> Iterator[str]:
    """Find the modules that a file imports, with full names."""
    package = [PACKAGE.name, *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    room = get_room(path)
    for name in find_imports(path):
        parts = name.split(".")
        if parts[0] == PACKAGE.name and len(parts) > 1:
            is_room = parts[1] in MAY_IMPORT
            assert not is_room or parts[1] in {room, *MAY_IMPORT[room]}, name
        if path.name != "terminal.py":
            assert parts[0] != "wasabi", "cli/terminal.py prints, and makes visible"
        if room != "cli":
            assert parts[0] != "typer", "only cli talks to a terminal"
            assert parts[:2] != ["spacy", "cli"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_of_the_package(path: Path) -> None:
    source = path.read_text(encoding="utf8")
    tree = ast.parse(source)
    assert ast.get_docstring(tree), "says in its first line what it is for"
    assert not [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Assert)]
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    defaults = [d for f in functions for d in [*f.args.defaults, *f.args.kw_defaults]]
    mutable = [d for d in defaults if isinstance(d, (ast.Dict, ast.List, ast.Set))]
    assert not [d.lineno for d in mutable], "a default that can change"
    if path.name != "terminal.py":
        names = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
        assert not [n for n in names if isinstance(n, ast.Name) and n.id == "print"]


@pytest.mark.parametrize(
    "path", [*FILES, *TEST_FILES], ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf8").splitlines()) <= MAX_LINES


def test_every_room_has_rules() -> None:
    assert {get_room(path) for path in FILES} == set(MAY_IMPORT)


def test_tests_of_a_room_are_named_after_its_files() -> None:
    tests = [path.relative_to(ROOT / "tests") for path in TEST_FILES]
    in_rooms = [path for path in tests if path.parts[0] in MAY_IMPORT]
    named = [path for path in in_rooms if path.name.startswith("test_")]
    rooms = {path: PACKAGE / path.parent for path in named}
    unknown = []
    for path, room in rooms.items():
        # a file can have more than one of tests: test_x_training.py
        stem = path.stem.replace("test_", "")
        names = {file_.stem for file_ in room.glob("*.py")}
        if not any(stem == n or stem.startswith(f"{n}_") for n in names):
            unknown.append(str(path))
    assert not unknown
