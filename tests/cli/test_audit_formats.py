"""What `spacy rehearsal audit` says of files, and that training says the same."""

import json
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.simple import SimpleCorpus
from tests.readers.formats.util import (
    DATATURKS,
    DOCCANO,
    DOCCANO_RELATIONS,
    PRODIGY_BINARY,
    PRODIGY_MANUAL,
    SIMPLE,
    TEXT,
    write_jsonl,
)
from tests.util import run_rehearsal

STOPPING = {"misplaced", "misaligned", "overlapping"}
MOVED = {"label": ["X"], "points": [{"start": 17, "end": 20, "text": "Etsy"}]}
REJECTED = {**PRODIGY_BINARY, "answer": "reject"}
PART = {"start": 10, "end": 13, "label": "WEBSITE"}


def audit_json(path: Path, *args: Any, status: int = 0) -> Any:
    return json.loads(
        run_rehearsal("audit", path, "--json", *args, status=status).stdout
    )


@pytest.mark.parametrize(
    ("records", "problems"),
    [
        ([SIMPLE], []),
        ([SIMPLE, [TEXT, {"entities": [[0, 3, "X"]]}]], ["misaligned"]),
        ([SIMPLE, [TEXT, {"entities": [[20, 25, "X"]]}]], ["misplaced"]),
        ([SIMPLE, [TEXT, {"entities": [["zero", 4, "X"]]}]], ["misplaced"]),
        ([SIMPLE, [TEXT, {"entities": [[0, 4, "X"], [0, 9, "Y"]]}]], ["overlapping"]),
        ([SIMPLE, [TEXT, {"spans": {"sc": [[0, 3, "X"]]}}]], ["misaligned"]),
        ([SIMPLE, [TEXT, {"spans": {"sc": [[0, 4, "X"], [0, 9, "X"]]}}]], []),
        ([PRODIGY_MANUAL, REJECTED], []),
        ([PRODIGY_MANUAL, {**REJECTED, "spans": [PART]}], ["misaligned"]),
        ([{**DATATURKS, "annotation": [MOVED]}], []),
    ],
)
def test_training_stops_with_what_is_a_problem_to_the_audit(
    records: List[Any], problems: List[str], tmp_path: Path
) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", *records)
    report = audit_json(path, "-i", "inconsistent", status=1 if problems else 0)
    found = [f["name"] for f in report["findings"] if f["is_problem"]]
    assert found == problems
    assert STOPPING.issuperset(found)
    corpus = SimpleCorpus(path)
    if problems:
        with pytest.raises(ConfigValidationError):
            next(corpus(spacy.blank("en")))
    else:
        assert len(list(corpus(spacy.blank("en")))) == len(records)


def test_annotations_in_the_file_and_read_add_up(tmp_path: Path) -> None:
    bad = {"text": TEXT, "label": [[20, 25, "X"], [0, 4, "X"], [0, 4, "X"]]}
    path = write_jsonl(tmp_path / "data.jsonl", DOCCANO, DOCCANO_RELATIONS, bad)
    result = run_rehearsal("audit", path, status=1)
    printed = " ".join(result.output.split())
    for expected in (
        "3 texts: 2 PERSON, 2 WEBSITE, 1 X",
        "7 annotations in the files: 5 read, 2 left out (1 no part of the text, 1 "
        "marked twice)",
        "Not read: 1 relations",
        "1 annotation with no place in the text",
        "data.jsonl, line 3: [20, 25, X] is no part of a text of 24 characters",
        "To look into: misplaced, inconsistent",
    ):
        assert expected in printed
    counts = audit_json(path, status=1)["annotations"]
    assert counts["in_files"] == counts["read"] + sum(counts["left_out"].values()) == 7


def test_all_that_stops_training_is_listed(tmp_path: Path) -> None:
    bad = [[TEXT, {"entities": [[0, 2, "X"], [20, 25, "X"]]}]] * 12
    path = write_jsonl(tmp_path / "data.jsonl", *bad)
    output = run_rehearsal("audit", path, status=1).output
    assert output.count("is no part of a text") == output.count("X [Le]na left") == 12
    output = run_rehearsal("audit", path, "-n", "2", status=1).output
    assert output.count("is no part of a text") == output.count("X [Le]na left") == 2


def test_moved_spans_are_shown(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "d.jsonl", {**DATATURKS, "annotation": [MOVED]})
    result = run_rehearsal("audit", path)
    assert "line 1: X 'Etsy' from [17, 21] to [20, 24]" in result.output


def test_categories_are_read_and_not_audited(tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "data.jsonl",
        {"text": "Ask there.", "cats": {"FOOD": 1.0, "CAR": 0.0}},
        {"text": "It stalled.", "cats": {"FOOD": 0.0, "CAR": 1.0}},
    )
    output = run_rehearsal("audit", path).output
    assert "2 texts: no entity" in output
    assert "Categories, which are not audited: 1 FOOD, 1 CAR" in output


def test_tags_of_tokens(tmp_path: Path) -> None:
    tags = ["U-PERSON", "O", "O", "O", "U-WEBSITE"]
    path = write_jsonl(tmp_path / "data.jsonl", [TEXT, {"entities": tags}])
    report = audit_json(path)
    assert report["labels"] == {"PERSON": 1, "WEBSITE": 1}
    assert report["annotations"]["in_files"] == 2


def test_tags_that_are_numbers(tmp_path: Path) -> None:
    record = {"tokens": TEXT.split(), "ner_tags": [1, 0, 0, 0, 1]}
    path = write_jsonl(tmp_path / "data.jsonl", record)
    assert audit_json(path, "-t", "O,B-X")["labels"] == {"X": 2}
    output = " ".join(run_rehearsal("audit", path, status=1).output.split())
    assert "line 1: its tags are numbers, [1, 0, 0, 0, 1]: set tag_names" in output
