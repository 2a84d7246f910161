"""Commands to the terminal that stand in data are shown, and not carried out."""

import json
import re
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly

from spacy_rehearsal.cli.terminal import msg, print_text
from spacy_rehearsal.errors import config_error, make_visible
from tests.util import run_rehearsal, run_spacy

TITLE = "\x1b]0;owned\x07"
CLEAR = "\x1b[2J\x1b[1;1H\x1b[32m\u2714 No problems found\x1b[0m"
OWN = re.compile(r"\x1b\[(?:\d+;)*\d*m")  # wasabi's colours


def find_commands(printed: str) -> List[str]:
    # tqdm goes back to the beginning of its line
    return re.findall(r"[\0-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]", OWN.sub("", printed))


def test_shows_control_characters() -> None:
    text = "a\x1b[2Jb\x9b31m\x07\u202eevil\r\ud83d\x00\x7f"
    shown = r"a\u001b[2Jb\u009b31m\u0007\u202eevil\u000d\ud83d\u0000\u007f"
    assert make_visible(text) == shown
    fine = "Łódź\n\t\u043f\u0440\u0438 \U0001f600 \u0627"
    assert make_visible(fine) == fine


def test_all_that_prints(capsys: pytest.CaptureFixture) -> None:
    for show in (msg.good, msg.fail, msg.warn, msg.info, msg.text):
        show(f"title {TITLE}", f"text {TITLE}")
    msg.divider(f"divider {TITLE}")
    msg.table([[TITLE, 3]], header=("a", "b"))
    msg.table({TITLE: TITLE})
    print_text(f"print {TITLE}")
    printed = capsys.readouterr().out
    assert find_commands(printed) == []
    assert printed.count(r"\u001b]0;owned\u0007") == 15


def test_errors_are_visible() -> None:
    error = config_error([TITLE, 3], f"found {TITLE}").errors[0]
    assert error["loc"] == [make_visible(TITLE), 3]
    assert error["msg"] == f"found {make_visible(TITLE)}"


def test_annotations(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    rows = [
        [f"Visit Paris{TITLE} now", {"entities": [[6, 11, f"TOWN{TITLE}"]]}],
        [f"Paris{CLEAR} is big", {"entities": []}],
    ]
    srsly.write_jsonl(path, rows)
    printed = run_rehearsal("audit", path, status=1).output
    assert find_commands(printed) == []
    assert r"\u001b]0;owned\u0007" in printed
    assert "\x1b[32m" not in printed
    printed = run_rehearsal("audit", path, "--json", status=1).stdout
    assert find_commands(printed) == []
    assert json.loads(printed)["labels"] == {f"TOWN{TITLE}": 1}
    srsly.write_jsonl(path, [["Paris", {"entities": [[0, 50, TITLE]]}]])
    assert find_commands(run_rehearsal("audit", path, status=1).output) == []


def test_patterns_and_gazetteers(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(f"Par{TITLE}is\nnothing\n")
    (tmp_path / "raw.jsonl").write_text('{"text": "hello nothing"}\n')
    paths = (tmp_path / name for name in ("names.txt", "raw.jsonl", "out.spacy"))
    printed = run_rehearsal("bootstrap", *paths, "--label", f"X{TITLE}").output
    assert "nothing" in printed
    assert find_commands(printed) == []
    srsly.write_jsonl(tmp_path / "names.jsonl", [{"name": "a", TITLE: 1}])
    paths = (tmp_path / name for name in ("names.jsonl", "names.sqlite"))
    printed = run_rehearsal("gazetteer", "build", *paths, status=1).output
    assert "unknown key" in printed
    assert find_commands(printed) == []


@pytest.mark.slow
def test_training(tmp_path: Path) -> None:
    """spaCy prints what goes wrong there, and its logger."""
    srsly.write_jsonl(tmp_path / "rules.jsonl", [{"label": "GPE", "to": "X", TITLE: 1}])
    nlp = spacy.blank("en")
    mapper: Any = nlp.add_pipe("label_mapper")
    assert mapper.name == "label_mapper"
    nlp.config["initialize"]["components"]["label_mapper"] = {
        "rules": {"@readers": "spacy-rehearsal.LabelRules.v1", "path": "rules.jsonl"}
    }
    nlp.config.to_disk(tmp_path / "config.cfg")
    result = run_spacy("assemble", "config.cfg", "out", cwd=tmp_path)
    assert result.returncode == 1
    assert "unknown key" in result.stdout + result.stderr
    assert find_commands(result.stdout + result.stderr) == []
