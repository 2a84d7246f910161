import json
import re
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.util import minibatch

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.simple import SimpleCorpus
from spacy_rehearsal.teacher.teacher import Teacher
from tests.cli.conftest import Finder
from tests.util import BASE_MODEL, EXAMPLES, run_rehearsal, run_spacy

ASSETS = EXAMPLES / "websites" / "assets"
GOLD = (ASSETS / "dev.jsonl", ASSETS / "base_gold.jsonl")


@pytest.fixture(scope="module")
def trained(teacher: Teacher, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base pipeline after a few updates on completed annotations of WEBSITE."""
    nlp = spacy.load(BASE_MODEL)
    examples = list(RehearsalCorpus(SimpleCorpus(ASSETS / "dev.jsonl"), teacher)(nlp))
    optimizer = nlp.resume_training()
    with nlp.select_pipes(enable="ner"):
        for batch in minibatch(examples * 3, 16):
            nlp.update(list(batch), sgd=optimizer, drop=0.1)
    path = tmp_path_factory.mktemp("trained")
    nlp.to_disk(path)
    return path


@pytest.fixture(scope="module")
def result(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    html = tmp_path_factory.mktemp("report") / "report.html"
    result = run_spacy(
        *("rehearsal", "report", BASE_MODEL, trained, *GOLD),
        *("--raw", ASSETS / "raw.jsonl", "--limit", 100, "--html", html),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout, html.read_text(encoding="utf8")


def test_says_what_was_learned_and_lost(result: Any) -> None:
    printed = " ".join(result[0].split())
    for expected in (
        "new labels 151 0.0",
        "base labels 659 73.5",
        "WEBSITE 151 0.0",
        "Retention:",
        "False alarms:",
        "words per second",
        "Size:",
        "What became of the base model's entities",
    ):
        assert expected in printed
    retention = re.search(r"Retention: ([\d.]+) %", printed)
    assert retention
    assert 70 < float(retention[1]) < 110


def test_each_score_before_and_after(result: Any) -> None:
    printed, page = result
    row = re.search(r"^  PERSON +74 (.+)$", printed, re.MULTILINE)
    assert row
    scores = re.findall(r"([\d.]+) -> ([\d.]+)", row[1])
    assert len(scores) == 3
    for before, after in scores[1:]:
        assert f"<td><small>{before} →</small> {after}</td>" in page


def test_page_needs_nothing_else(result: Any) -> None:
    page = result[1]
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert not re.search(r"https?://|<script|<link|@import|url\(", page)
    assert "prefers-color-scheme: dark" in page
    assert page.count('class="card pair"') > 0
    assert '<mark class="entity"' in page
    assert "WEBSITE" in page


def test_writes_the_readme_of_the_package(trained: Path, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    report = ("report", BASE_MODEL, trained, *GOLD, "--card", card)
    run_rehearsal(*report)
    text = card.read_text(encoding="utf8")
    assert "| **Name** | `en_" in text  # spaCy's own table
    row = re.search(r"^\| `PERSON` \| 74 \|(.+)$", text, re.MULTILINE)
    assert row
    scores = re.findall(r"([\d.]+) → ([\d.]+)", row[1])
    assert len(scores) == 3
    assert "on `dev.jsonl`, `base_gold.jsonl`." in text
    limits = text.partition("### Limits")[2]
    assert re.search(r"fewer than 50 annotations .*`PERCENT` \(14\)", limits)
    assert "was not tested how often new labels turn up" in limits
    fallen = re.findall(r"(`\w+`) got worse: F fell from [\d.]+ to [\d.]+", limits)
    rows = re.findall(r"^\| (`\w+`) .*\| (-[\d.]+) \|$", text, re.MULTILINE)
    assert {*fallen} >= {label for label, change in rows if float(change) <= -1.1}
    card.write_text("Mine.")
    result = run_rehearsal(*report, status=1)
    assert "--force" in result.stdout + result.stderr
    assert card.read_text() == "Mine."


def test_text_is_escaped(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text(
        '["Ann <b>Lee</b> sells on <script>Etsy</script> & eBay in Oslo.", '
        '{"entities": [[0, 3, "PERSON"]]}]'
    )
    html = tmp_path / "report.html"
    run_rehearsal(
        "report", BASE_MODEL, trained, tmp_path / "gold.jsonl", "--html", html
    )
    assert "<script" not in html.read_text()
    assert "<b>Lee" not in html.read_text()


def test_as_json(trained: Path) -> None:
    args = ("report", BASE_MODEL, trained, ASSETS / "dev.jsonl", "--json")
    report = json.loads(run_rehearsal(*args).stdout)
    assert report["new_labels"] == ["WEBSITE"]
    assert list(report["labels"]) == ["WEBSITE"]
    assert report["labels"]["WEBSITE"]["before"]["f"] == 0
    assert report["retention"] is None
    assert report["megabytes"]["after"] > 10


def test_labels_that_nobody_has_trained_are_shown_apart(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    entities = [[12, 16, "ORG"], [20, 24, "CUSTOMER"]]
    srsly.write_jsonl(gold, [["I read it on Etsy to Anna", {"entities": entities}]])
    page = tmp_path / "page.html"
    result = run_rehearsal("report", BASE_MODEL, BASE_MODEL, gold, "--html", page)
    row = next(line for line in result.stdout.splitlines() if "CUSTOMER" in line)
    assert row.split() == ["CUSTOMER", "1", *["-"] * 4]
    assert "neither pipeline has, not counted: CUSTOMER" in result.stdout
    assert "<td>1</td>\n<td></td><td>-</td>" in page.read_text(encoding="utf8")


def test_bad_input_ends_in_one_message(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text('["Nothing.", {"entities": []}]')
    (tmp_path / "page.html").write_text("mine")
    for args, message in [
        (("en_none", trained, GOLD[0]), "'en_none' is neither"),
        (("blank:en", trained, GOLD[0]), "is a new pipeline, which knows nothing yet"),
        ((BASE_MODEL, tmp_path, GOLD[0]), "is no pipeline directory"),
        ((BASE_MODEL, trained, tmp_path / "empty.jsonl"), "has no entity at all"),
        ((BASE_MODEL, trained, tmp_path / "none.jsonl"), "no file or directory"),
        ((BASE_MODEL, trained, GOLD[0], "--html", tmp_path / "page.html"), "--force"),
    ]:
        result = run_rehearsal("report", *args, status=1)
        assert message in " ".join(result.output.split())
    assert (tmp_path / "page.html").read_text() == "mine"
    run_rehearsal("report", BASE_MODEL, trained, GOLD[0], "--limit", -1, status=2)


@pytest.mark.parametrize("has_component", [False, True])
def test_its_own_code_is_imported(
    finder: Finder, tmp_path: Path, has_component: bool
) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('["Ann lives in Oslo.", {"entities": [[13, 17, "CITY"]]}]')
    args = ["report", finder.model, finder.model, gold, "--json"]
    if has_component:
        args += ["-c", finder.name]
    result = run_rehearsal(*args, status=1)
    assert finder.message in " ".join(result.output.split())
    report = json.loads(run_rehearsal(*args, "--code", finder.code).stdout)
    assert report["labels"]["CITY"]["after"]["f"] == pytest.approx(100)


def test_nothing_but_json_is_printed(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("Ann Lee lives in Oslo.\n" * 20)
    result = run_spacy(
        *("rehearsal", "report", BASE_MODEL, trained, GOLD[0], "--json"),
        *("--raw", tmp_path / "raw.txt", "--html", tmp_path / "page.html"),
    )
    assert json.loads(result.stdout)["raw"]["texts"] == 20
    assert "Comparing" in result.stderr
    assert (tmp_path / "page.html").is_file()


def test_gold_with_fewer_labels(trained: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('["She lives in Paris.", {"entities": [[13, 18, "PLACE"]]}]')
    args = ("report", BASE_MODEL, trained, gold, "--label-map", "GPE,LOC,FAC=PLACE")
    report = json.loads(run_rehearsal(*args, "--json").stdout)
    assert report["labels"]["PLACE"]["before"]["f"] == 100
    assert "PLACE" not in report["unknown_labels"]
    printed = run_rehearsal(*args).stdout
    assert "Counted as PLACE: GPE, LOC, FAC" in printed


@pytest.mark.parametrize(
    "values, expected",
    [
        (["GPE"], "found 'GPE'"),
        (["GPE,=PLACE"], "found 'GPE,=PLACE'"),
        (["GPE="], "found 'GPE='"),
        (["GPE=A", "GPE=B"], "both 'A' and 'B'"),
        (["GEP=PLACE"], "neither pipeline has the label 'GEP'"),
    ],
)
def test_label_maps_that_are_none(values: List[str], expected: str) -> None:
    options = [part for value in values for part in ("--label-map", value)]
    args = ("report", BASE_MODEL, BASE_MODEL, GOLD[0], *options)
    printed = " ".join(run_rehearsal(*args, status=1).output.split())
    assert expected in printed
