import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from configparser import ConfigParser
from pathlib import Path
from typing import List, Set
from zipfile import ZipFile

import pytest

from tests.util import ROOT

SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")
# what is for those who work on the package, where it is in git
NOT_SHIPPED = (".ci/", ".github/", ".gitignore")
STANDARD_LIBRARY = getattr(sys, "stdlib_module_names", ())  # since Python 3.10
OWN = {"spacy_rehearsal", "tests", *(p.stem for p in ROOT.glob("benchmarks/*.py"))}
# what spacy-transformers comes with, of the extra `transformers`
WITH_TRANSFORMERS = {"torch", "transformers"}


def get_declared(*extras: str) -> Set[str]:
    """Get the names of the packages that setup.cfg asks for."""
    lines = SETUP["options"]["install_requires"].splitlines()
    for extra in extras:
        lines += SETUP["options.extras_require"][extra].splitlines()
    names = (re.match(r"[\w-]+", line.strip()) for line in lines)
    return {name.group().replace("-", "_") for name in names if name}


def get_imported(folder: Path) -> Set[str]:
    """Get the names of the modules of others that the files of a folder import."""
    found: Set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module or "")
    return {name.partition(".")[0] for name in found} - OWN - set(STANDARD_LIBRARY)


@pytest.mark.skipif(not STANDARD_LIBRARY, reason="it is not known what is standard")
@pytest.mark.parametrize(
    "folder,extras",
    [
        ("spacy_rehearsal", ["parquet", "ray"]),
        ("examples", []),
        ("benchmarks", ["benchmarks"]),
        ("tests", ["test", "docs"]),
    ],
)
def test_what_is_imported_is_declared(folder: str, extras: List[str]) -> None:
    imported = get_imported(ROOT / folder) - WITH_TRANSFORMERS
    assert imported <= get_declared(*extras)


@pytest.fixture(scope="module")
def files() -> Set[str]:
    """The files of the source tree, without what was made of them."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("there is no source tree, but what was built of it")
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    names = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    return {name for name in names if not name.startswith(NOT_SHIPPED)}


@pytest.fixture(scope="module")
def dist(files: Set[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with the sdist and the wheel that was built of it."""
    source = tmp_path_factory.mktemp("source")
    for name in files:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir"]
    output = tmp_path_factory.mktemp("dist")
    result = subprocess.run(
        [*build, output, source], capture_output=True, text=True, cwd=output
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return output


@pytest.mark.slow
def test_the_sdist_is_whole(files: Set[str], dist: Path) -> None:
    [path] = dist.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        paths = [member.name for member in sdist.getmembers() if member.isfile()]
    names = {path.partition("/")[2] for path in paths}
    assert files <= names
    made = {name for name in names - files if ".egg-info/" not in name}
    assert made == {"PKG-INFO"}


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(
    files: Set[str], dist: Path
) -> None:
    [path] = dist.glob("*.whl")
    with ZipFile(path) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == {name for name in files if name.startswith("spacy_rehearsal/")}
    assert "spacy_rehearsal/py.typed" in names
    for folder in ("cli", "report"):
        assert any(f"{folder}/templates/" in name for name in names)


CODE = """
import json
from importlib.metadata import distribution

import spacy_rehearsal

points = distribution("spacy-rehearsal").entry_points
loaded = {f"{p.group}/{p.name}": p.load().__module__ for p in points if p.attr}
print(json.dumps({"file": spacy_rehearsal.__file__, "loaded": loaded}))
"""


@pytest.mark.slow
def test_the_wheel_works_where_it_is_installed(
    dist: Path, token_model: Path, tmp_path: Path
) -> None:
    [wheel] = dist.glob("*.whl")
    target, config = tmp_path / "target", tmp_path / "ner.cfg"

    def run(*args: str) -> str:
        result = subprocess.run(
            [sys.executable, *args],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(target)},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    install = ("install", "--quiet", "--no-index", "--no-deps", "--no-compile")
    run("-m", "pip", *install, "--target", str(target), str(wheel))
    found = json.loads(run("-c", CODE))
    assert Path(found["file"]).is_relative_to(target)
    expected = {
        f"{group}/{line.partition(' = ')[0]}"
        for group, lines in SETUP["options.entry_points"].items()
        for line in lines.strip().splitlines()
        if ":" in line
    }
    assert set(found["loaded"]) == expected
    # the config is written from a template
    run("-m", "spacy", "rehearsal", "init-config", str(token_model), str(config))
    assert "spacy-rehearsal.RehearsalCorpus.v1" in config.read_text(encoding="utf8")
