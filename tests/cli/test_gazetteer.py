import json
import signal
import time
from pathlib import Path
from typing import Any, List, Optional

import pytest
from typer.testing import CliRunner

from spacy_rehearsal.cli import rehearsal_cli
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer
from tests.util import run_rehearsal, run_spacy, start_spacy

COMMAND = ("rehearsal", "gazetteer", "build")
WAIT = """
import time
from spacy_rehearsal.gazetteers import sqlite

def wait(*args):
    time.sleep(600)

sqlite.fill = wait
"""


def run(*args: Any) -> Any:
    """Run a `spacy rehearsal` command without starting Python anew."""
    command, *others = args
    assert command == "rehearsal"
    return CliRunner().invoke(rehearsal_cli, [str(arg) for arg in others])


def test_help() -> None:
    assert "gazetteer" in run(COMMAND[0], "--help").stdout
    assert "build" in run(*COMMAND[:2], "--help").stdout


def test_builds_from_jsonl(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(
        '{"name": "Paris", "id": "Q90"}\n{"name": "Kraków", "aliases": ["Cracow"]}\n',
        encoding="utf8",
    )
    args = (tmp_path / "in.jsonl", tmp_path / "out.sqlite")
    result = run_spacy(*COMMAND, *args, "--fold-accents", "--fuzzy")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 entries" in result.stdout
    assert "B/s" in result.stderr, "no progress bar"
    table = SqliteGazetteer(tmp_path / "out.sqlite")
    assert table.find("PARIS")[0]["id"] == "Q90"
    assert table.get("Krakow") == table.get("Crakow") == table.get("Cracow")
    before = (tmp_path / "out.sqlite").read_bytes()
    result = run(*COMMAND, *args)
    assert result.exit_code == 1
    assert "--force" in result.output
    assert (tmp_path / "out.sqlite").read_bytes() == before
    assert run(*COMMAND, *args, "--force").exit_code == 0
    assert SqliteGazetteer(tmp_path / "out.sqlite").get("Crakow") is None


def test_builds_from_geonames(tmp_path: Path) -> None:
    (tmp_path / "NO.txt").write_text(
        "3143244\tOslo\tOslo\tChristiania,Kristiania\tP\n"
        "3161732\tBergen\tBergen\tBjørgvin\tP\n",
        encoding="utf8",
    )
    result = run(
        *(*COMMAND, tmp_path / "NO.txt", tmp_path / "out.sqlite"),
        *("--header", "geonameid,name,asciiname,alternatenames,class"),
        *("-c", "id=geonameid", "-c", "aliases=alternatenames", "-s", ","),
        *("--attr", "class"),
    )
    assert result.exit_code == 0, result.output
    assert SqliteGazetteer(tmp_path / "out.sqlite").get("Kristiania") == {
        **{"id": "3143244", "name": "Oslo", "attrs": {"class": "P"}},
        "aliases": ["Christiania", "Kristiania"],
    }


def test_count_as_json(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"name": "Oslo"}\n{"name": "Rome"}\n')
    output = tmp_path / "out.sqlite"
    args = ("gazetteer", "build", tmp_path / "in.jsonl", output)
    count = json.loads(run_rehearsal(*args, "--json").stdout)
    assert count == {"entries": 2, "output": str(output)}
    printed = run_rehearsal(*args, "--json", status=1).stdout
    assert "already exists" in " ".join(printed.split())


def test_output_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"name": "Oslo"}\n')
    args = ("gazetteer", "build", tmp_path / "in.jsonl", tmp_path, "--force")
    printed = run_rehearsal(*args, status=1).stdout
    assert "is a directory" in " ".join(printed.split())


@pytest.mark.parametrize(
    "name,text,args,message",
    [
        ("in.jsonl", '{"name": "A"}\n{"nme": "B"}\n', [], "line 2: unknown key 'nme'"),
        ("in.csv", "title\nA\n", [], "no column 'name'"),
        ("in.csv", "title\nA\n", ["-c", "nme=title"], "KEY=COLUMN"),
        ("in.xlsx", "A\n", [], "none of the file endings"),
        ("in.jsonl", None, [], "there is no file"),
    ],
)
def test_bad_input(
    tmp_path: Path, name: str, text: Optional[str], args: List[Any], message: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    result = run(*COMMAND, tmp_path / name, tmp_path / "out.sqlite", *args)
    assert result.exit_code == 1
    assert message in " ".join(result.output.split())
    assert isinstance(result.exception, SystemExit)
    assert not list(tmp_path.glob("*out*"))


def test_missing_directory(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"name": "A"}\n')
    result = run(*COMMAND, tmp_path / "in.jsonl", tmp_path / "no" / "out.sqlite")
    assert result.exit_code == 1
    assert "there is no directory" in " ".join(result.output.split())


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_build_leaves_no_half_file(tmp_path: Path, sent: int) -> None:
    (tmp_path / "in.jsonl").write_text('{"name": "Oslo"}\n')
    output = tmp_path / "out.sqlite"
    process = start_spacy(*COMMAND, tmp_path / "in.jsonl", output, before=WAIT)
    while process.poll() is None and not list(tmp_path.glob(".out.sqlite*/*")):
        time.sleep(0.05)
    process.send_signal(sent)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert not output.exists()
    if sent == signal.SIGINT:
        assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]
