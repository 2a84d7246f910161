"""The code blocks of README and docs run, and print what is shown."""

import ast
import inspect
import shutil
from itertools import islice
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest
import srsly
from spacy import util
from spacy.language import Language
from spacy.tokens import DocBin
from thinc.api import Config

from tests.docs.shell import Shell, use_installed, working_directory
from tests.docs.util import API_PAGES, README, USAGE_PAGES, Block, read_blocks
from tests.util import EXAMPLES

ALL_PAGES = [*USAGE_PAGES, *API_PAGES]
LANGUAGES = {"bash", "ini", "python", "json", "yaml", "text", ""}
WITH_CODE = [
    page
    for page in ALL_PAGES
    if {block.lang for block in read_blocks(page)} & {"bash", "python"}
]
# what pages start from that begin with a trained pipeline
TRAIN = """
python -m spacy rehearsal init-config en_core_web_sm ner.cfg \\
    --train train.jsonl --dev dev.jsonl --raw raw.jsonl
python -m spacy train ner.cfg --output output
"""
CONFIGS = [
    block
    for page in ALL_PAGES
    for block in read_blocks(page)
    if block.lang == "ini" and block.title != "setup.cfg"
]


def get_name(page: Path) -> str:
    return page.stem


@pytest.fixture(scope="module")
def small(base: Language, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the pages take for granted, cut small."""
    path = tmp_path_factory.mktemp("small")
    assets = EXAMPLES / "websites" / "assets"
    sizes = {"train": 30, "dev": 20, "base_gold": 20, "raw": 150}
    rows = {
        name: list(islice(srsly.read_jsonl(assets / f"{name}.jsonl"), size))
        for name, size in sizes.items()
    }
    for name in sizes:
        srsly.write_jsonl(path / f"{name}.jsonl", rows[name])
    srsly.write_jsonl(path / "test.jsonl", rows["dev"])
    for name in ("train", "dev"):
        docs = base.pipe(text for text, _ in rows[name])
        DocBin(docs=docs).to_disk(path / f"{name}.spacy")
    srsly.write_jsonl(path / "places.jsonl", [{"name": "Lisbon"}])
    (path / "NL.txt").write_text("1\tDelft\tDelft\tDelf,Delft\n")
    (path / "shops.txt").write_text("Denmark\nGumtree\n")
    for assets in (EXAMPLES / "sequence" / "assets").iterdir():
        (path / assets.name).mkdir()
        for name in ("train", "dev"):
            cut = islice(srsly.read_jsonl(assets / f"{name}.jsonl"), 12)
            srsly.write_jsonl(path / assets.name / f"{name}.jsonl", cut)
    return path


@pytest.fixture(scope="module")
def trainings() -> Dict[str, Path]:
    return {}


@pytest.fixture
def shell(small: Path, trainings: Dict[str, Path], tmp_path: Path) -> Shell:
    return Shell(shutil.copytree(small, tmp_path / "page"), trainings)


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE, ids=get_name)
def test_the_code_of_a_page_runs(page: Path, shell: Shell) -> None:
    names: Dict[str, Any] = {}
    printed = ""
    code = page.read_text(encoding="utf8")
    if "output/model-best" in code and "spacy train" not in code:
        shell.run(TRAIN)
    for block in read_blocks(page):
        assert block.lang in LANGUAGES, block.place
        if block.title == "Output":
            check_output(block, printed)
        elif "." in block.title:
            path = shell.directory / block.title
            path.write_text(block.code, encoding="utf8")
        elif block.lang == "bash":
            printed = shell.run(block.code)
        elif block.lang == "python":
            with working_directory(shell.directory):
                run_python(block, names)


def check_output(block: Block, printed: str) -> None:
    """Check that what a page shows was printed; "..." stands for lines left out."""
    rest = without_empty_lines(printed)
    for part in without_empty_lines(block.code).split("\n...\n"):
        _, found, rest = rest.partition(part)
        assert found, f"{block.place}: not printed there:\n{part}\n\n{printed}"


def without_empty_lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def run_python(block: Block, names: Dict[str, Any]) -> None:
    """Run a block, and check each expression that has its value as a comment behind."""
    lines = block.code.splitlines()
    for node in ast.parse(block.code).body:
        last = int(node.end_lineno or 0)
        code = use_installed("\n".join(lines[node.lineno - 1 : last]))
        if not isinstance(node, ast.Expr):
            exec(compile(code, block.place, "exec"), names)
            continue
        value = eval(compile(code.strip(), block.place, "eval"), names)
        shown = "".join(line[1:].strip() + " " for line in get_comment(lines[last:]))
        if shown:
            assert ast.literal_eval(shown) == value, f"{block.place}: {value!r}"


def get_comment(lines: List[str]) -> List[str]:
    comment = []
    for line in lines:
        if not line.startswith("#"):
            break
        comment.append(line)
    return comment


@pytest.mark.parametrize("block", CONFIGS, ids=lambda block: block.place)
def test_configs_are_valid(block: Block) -> None:
    config = Config().from_str(add_parents(block.code), interpolate=False)
    for registry, name, settings in find_functions(config):
        if not util.registry.has(registry, name):
            raise AssertionError(f"{block.place}: no {name} in {registry}")
        parameters = inspect.signature(
            getattr(util.registry, registry).get(name)
        ).parameters
        unknown = settings - set(parameters) - {"*"}
        assert not unknown, f"{block.place}: {name} does not take {unknown}"


def add_parents(code: str) -> str:
    """Add the sections that the sections of a fragment are in."""
    names = [line.strip("[]") for line in code.splitlines() if line.startswith("[")]
    parents: Dict[str, None] = {}
    for name in names:
        parts = name.split(".")
        parents.update(dict.fromkeys(".".join(parts[:i]) for i in range(1, len(parts))))
    missing = [f"[{p}]\n" for p in parents if p not in names and not p.endswith("*")]
    return "\n".join([*missing, code])


def find_functions(block: Any) -> Iterator[Tuple[str, str, set]]:
    """Find the registered functions of a config, and the settings that they get."""
    if isinstance(block, dict):
        for key, value in block.items():
            if key.startswith("@"):
                yield key[1:], value, {k for k in block if not k.startswith("@")}
            else:
                yield from find_functions(value)


def test_readme_names_the_commands_of_the_makefile() -> None:
    lines = [line for block in read_blocks(README) for line in block.code.splitlines()]
    for command in ("make demo", "make test"):
        assert any(line.startswith(command) for line in lines)
