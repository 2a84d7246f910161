"""Run the commands that the docs show, in this process and with small data."""

import contextlib
import os
import re
import shlex
import shutil
from pathlib import Path
from string import Template
from typing import Dict, Iterator, List

import srsly
from spacy.cli._util import app
from spacy.util import load_config
from typer.testing import CliRunner

import spacy_rehearsal.cli  # noqa: F401
from spacy_rehearsal.files import digest
from tests.util import BASE_MODEL, ROOT

# enough to run all parts of a training, not to learn
SHORT = ("--training.max_steps", "2", "--training.eval_frequency", "2")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf8")
ANSI = re.compile(r"\x1b\[[\d;]*m")
LOOP = re.compile(r"for (?P<name>\w+) in (?P<values>.+); do")
PYTHON = ["python", "-m", "spacy"]


def use_installed(code: str) -> str:
    """Let code load the pipeline that the tests have, under the name that it has."""
    return re.sub(r"\ben_core_web_sm\b", BASE_MODEL, code)


@contextlib.contextmanager
def working_directory(path: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


class Shell:
    """Run the commands of a page, one after the other.

    directory (Path): Where they run.
    trainings (Dict[str, Path]): The outputs of trainings, which are shared: one that
        the page before had too is not run again.
    """

    def __init__(self, directory: Path, trainings: Dict[str, Path]) -> None:
        self.directory = directory
        self.trainings = trainings

    def run(self, code: str) -> str:
        """Run the lines of a code block.

        code (str): The lines.
        RETURNS (str): What they print.
        """
        lines = use_installed(code).replace("\\\n", " ").splitlines()
        printed = self.run_lines(lines, {})
        return ANSI.sub("", printed).replace(BASE_MODEL, "en_core_web_sm")

    def run_lines(self, lines: List[str], variables: Dict[str, str]) -> str:
        """Run lines, of a loop those for its first and its last value.

        lines (List[str]): The lines.
        variables (Dict[str, str]): The variables that are set. It is changed.
        RETURNS (str): What they print.
        """
        printed = ""
        while lines:
            line, *lines = lines
            loop = LOOP.fullmatch(line)
            if loop:
                end = lines.index("done")
                body, lines = lines[:end], lines[end + 1 :]
                first, *_, last = loop["values"].split()
                for value in (first, last):
                    variables[loop["name"]] = value
                    printed += self.run_lines(body, variables)
                continue
            line = Template(line).safe_substitute(variables)
            words = shlex.split(line, comments=True)
            name, is_assignment, value = "".join(words[:1]).partition("=")
            if is_assignment:
                variables[name] = value
            elif words:
                printed += self.run_command(words)
        return printed

    def run_command(self, words: List[str]) -> str:
        if words[:3] == PYTHON:
            return self.run_spacy(words[3:])
        if words[0] == "make":
            assert f"\n{words[1]}:" in MAKEFILE, f"no target {words[1]}"
        elif words[0] == "python":
            assert (ROOT / words[1]).is_file(), f"no file {words[1]}"
        elif words[0] == "cp":
            assert list(ROOT.glob(words[1])), f"no file {words[1]}"
        else:
            assert words[0] in ("cd", "mkdir", "pip"), f"can't check: {words}"
        return ""

    def run_spacy(self, args: List[str]) -> str:
        command, *rest = args
        if command == "download":
            return ""
        if command == "project":
            _, workflow, path = rest
            project = srsly.read_yaml(ROOT / path / "project.yml")
            names = [*project["workflows"], *(c["name"] for c in project["commands"])]
            assert workflow in names, f"{path} has no {workflow}"
            return ""
        if command == "train":
            return self.train(rest)
        if rest[0] == "compact":
            args += ["--max-steps", "2"]
        if rest[0] == "bootstrap":  # the outputs are among the small data
            args.append("--force")
        return self.invoke(args)

    def train(self, args: List[str]) -> str:
        """Train for two steps, or take what the same training gave before."""
        config, _, output, *_ = args
        printed = ""
        key = self.get_key(self.directory / config)
        if key not in self.trainings:
            printed = self.invoke(["train", config, "--output", output, *SHORT])
            self.trainings[key] = self.directory / output
        elif self.trainings[key] != self.directory / output:
            shutil.copytree(self.trainings[key], self.directory / output)
        return printed

    def get_key(self, config: Path) -> str:
        """Hash all that a training depends on."""
        parts = [config.read_bytes()]
        for value in filter(None, load_config(config)["paths"].values()):
            path = self.directory / value
            if path.is_dir():  # a pipeline of this page
                parts.append(str(path).encode())
            elif path.is_file():
                parts.append(path.read_bytes())
        return digest(parts)

    def invoke(self, args: List[str]) -> str:
        with working_directory(self.directory):
            result = CliRunner().invoke(app, args)
        # an audit that finds problems says so with its status
        statuses = (0, 1) if args[:2] == ["rehearsal", "audit"] else (0,)
        if result.exit_code not in statuses or not isinstance(
            result.exception, (SystemExit, type(None))
        ):
            raise AssertionError(f"{args}: {result.output}") from result.exception
        return result.stdout
