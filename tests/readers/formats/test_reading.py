"""What one has to know of a whole file, and what is counted of it."""

from pathlib import Path
from typing import Any, List, Tuple

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.formats.annotated import Annotated
from spacy_rehearsal.readers.formats.registry import read_annotated
from spacy_rehearsal.readers.formats.tally import Tally
from tests.readers.formats.util import (
    DOCCANO,
    DOCCANO_RELATIONS,
    ENTITIES,
    HUGGING_FACE,
    LABEL_STUDIO,
    LABEL_STUDIO_MIN,
    PRODIGY_BINARY,
    PRODIGY_MANUAL,
    TEXT,
    UBIAI,
    read,
    write_jsonl,
)

EMOJI = "\U0001f600"


def count(tmp_path: Path, *records: Any) -> Tuple[List[Annotated], Tally]:
    tally = Tally()
    path = write_jsonl(tmp_path / "data.jsonl", *records)
    found = list(read_annotated(path, tally=tally))
    assert tally.read == sum(len(annotated.marks) for annotated in found)
    return found, tally


@pytest.mark.parametrize(
    ("starts", "expected", "is_utf16"),
    [
        # where "Lena" begins behind that many emoji and a space
        ([(1, 3), (2, 5)], ["Lena", "Lena"], True),
        ([(1, 2), (2, 3)], ["Lena", "Lena"], False),
        ([(1, 3), (2, 5), (3, 4)], ["Lena", "Lena", f"{EMOJI} L"], True),
        ([(1, 2), (2, 3), (3, 7)], ["Lena", "Lena", "a le"], False),
        ([(1, 2), (2, 5)], ["Lena", "na l"], False),
    ],
)
def test_offsets_are_those_that_fit_most_spans(
    starts: List[Any], expected: List[Any], is_utf16: bool, tmp_path: Path
) -> None:
    records = [
        {"text": f"{EMOJI * n} Lena left", "label": [[start, start + 4, "X"]]}
        for n, start in starts
    ]
    found, tally = count(tmp_path, *records)
    shown = [a.text[slice(*a.entities[0][:2])] if a.entities else None for a in found]
    assert shown == expected
    assert bool(tally.notes) is is_utf16
    if is_utf16:
        n = f"2 of {len(starts)} spans show"
        assert f"offsets count an emoji as two (UTF-16), as {n}" in tally.notes[0]


def test_texts_before_the_first_emoji_are_read_alike(tmp_path: Path) -> None:
    found, _ = count(
        tmp_path, DOCCANO, {"text": f"{TEXT} {EMOJI} Etsy", "label": [[28, 32, "X"]]}
    )
    assert [annotated.entities for annotated in found] == [ENTITIES, [(27, 31, "X")]]


def test_tags_as_labels_are_put_together(tmp_path: Path) -> None:
    labels = [[0, 4, "B-PERSON"], [5, 9, "I-PERSON"], [10, 15, "B-ORG"], [16, 19, "O"]]
    more = [[0, 4, "B-ORG"], [5, 9, "B-ORG"], [20, 24, "I-PERSON"]]
    found, tally = count(
        tmp_path, {"text": TEXT, "label": labels}, {"text": TEXT, "label": more}
    )
    assert found[0].entities == [(0, 9, "PERSON"), (10, 15, "ORG")]
    assert found[1].entities == [(0, 4, "ORG"), (5, 9, "ORG"), (20, 24, "PERSON")]
    assert (tally.in_file, tally.read) == (7, 5)
    assert tally.left_out == {"joined with the part before": 1, "labelled O": 1}
    assert "labels are tags" in tally.notes[0]


def test_labels_that_only_look_like_tags(tmp_path: Path) -> None:
    for labels in [["S-BAHN", "U-BAHN"], ["B-52", "I-52", "PLANE"]]:
        spans = [[0, 4, label] for label in labels]
        [annotated], tally = count(tmp_path, {"text": TEXT, "label": spans})
        assert annotated.entities == [(0, 4, label) for label in labels]
        assert not tally.notes


def test_all_that_is_wrong_is_listed(tmp_path: Path) -> None:
    good, bad = [0, 4, "X"], [20, 44, "X"]
    records = [
        {"text": TEXT, "label": [good, bad]},
        {"text": None, "label": []},
        {"text": TEXT, "label": [[4, 4, "X"], good, ["a", "b", "X"]]},
        {"text": TEXT, "label": [{"text": "Lena", "label": "X"}]},
    ]
    found, tally = count(tmp_path, *records)
    assert [a.entities for a in found] == [[(0, 4, "X")], [(0, 4, "X")], []]
    assert not any(annotated.is_complete for annotated in found)
    assert [place.split(": ")[0][-1] for place in tally.bad] == ["1", "3", "3", "4"]
    assert [place.split(": ")[0][-1] for place in tally.errors] == ["2"]
    assert (tally.in_file, tally.read) == (6, 2)
    assert tally.left_out == {"no part of the text": 2, "not start, end and label": 2}
    with pytest.raises(ConfigValidationError) as error:
        read(tmp_path, *records)
    for expected in (
        "5 records or spans can't be read",
        "line 1: [20, 44, X] is no part",
        "line 2: expected a record with a",
        "line 3: expected numbers of characters, found: ['a', 'b', 'X']",
        "line 4: an entity without offsets: {'text': 'Lena', 'label': 'X'}",
    ):
        assert expected in str(error.value)


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    ignored = {**PRODIGY_MANUAL, "answer": "ignore"}
    rejected = {**PRODIGY_MANUAL, "answer": "reject"}
    binary = {**PRODIGY_BINARY, "answer": "reject"}
    found, tally = count(tmp_path, PRODIGY_MANUAL, ignored, rejected, binary)
    assert len(found) == 2
    assert (tally.in_file, tally.read) == (7, 3)
    assert tally.left_out == {"answer ignore": 2, "answer reject": 2}
    assert tally.describe() == [
        "7 annotations in the files: 3 read, 4 left out (2 answer ignore, 2 answer "
        "reject)"
    ]
    other = {**LABEL_STUDIO_MIN, "annotation_id": 5}
    _, tally = count(tmp_path, LABEL_STUDIO_MIN, other)
    assert tally.left_out == {"another annotation of a text": 2}
    twice = {"text": TEXT, "label": [*map(list, ENTITIES), [0, 4, "PERSON"]]}
    _, tally = count(tmp_path, twice)
    assert tally.left_out == {"marked twice": 1}


@pytest.mark.parametrize(
    ("record", "unread"),
    [
        (DOCCANO_RELATIONS, {"relations": 1}),
        (UBIAI, {"relations": 1}),
        ({**PRODIGY_MANUAL, "relations": [{}, {}]}, {"relations": 2}),
        ({**HUGGING_FACE, "pos_tags": [1, 2, 3, 4, 5]}, {"pos_tags": 5}),
        (LABEL_STUDIO, {"relations": 1}),
        (
            {**LABEL_STUDIO, "predictions": LABEL_STUDIO["annotations"]},
            {"relations": 1, "predictions": 2},
        ),
        (DOCCANO, {}),
    ],
)
def test_what_is_not_read_is_named(record: Any, unread: Any, tmp_path: Path) -> None:
    _, tally = count(tmp_path, record)
    assert tally.unread == unread
    assert any("Not read: " in said for said in tally.describe()) == bool(unread)


def test_other_annotations_of_a_label_studio_task(tmp_path: Path) -> None:
    [annotation] = LABEL_STUDIO["annotations"]
    record = {**LABEL_STUDIO, "annotations": [annotation, annotation]}
    [annotated], tally = count(tmp_path, record)
    assert annotated.entities == ENTITIES
    assert (tally.in_file, tally.left_out) == (4, {"another annotation of a text": 2})


@pytest.mark.parametrize(
    ("starts", "ends", "note"),
    [
        (0, -1, "ends are those of the last character"),
        (1, 0, "offsets count from 1, and ends are those of the last character"),
        (1, 1, "offsets count from 1"),
    ],
)
def test_offsets_that_count_otherwise(
    starts: int, ends: int, note: str, tmp_path: Path
) -> None:
    """A single one that is wrong so is an annotator's mistake."""
    text = "Lena met Ada, Tim."
    right = [(0, 4, "PERSON"), (9, 12, "PERSON"), (14, 17, "PERSON")]
    wrong = [[start + starts, end + ends, label] for start, end, label in right]
    [annotated], tally = count(tmp_path, [text, {"entities": wrong}])
    assert annotated.entities == right
    assert any(f": {note}, as 3 spans show" in said for said in tally.notes)
    one = [text, {"entities": [*right[:2], wrong[2]]}]
    [annotated], tally = count(tmp_path, one)
    assert (annotated.entities or [])[2][:2] == tuple(wrong[2][:2])
    assert not tally.notes


def test_tags_with_underscores(tmp_path: Path) -> None:
    spans = [[0, 4, "B_PERSON"], [5, 9, "I_PERSON"]]
    [annotated], _ = count(tmp_path, ["Lena Berg", {"entities": spans}])
    assert annotated.entities == [(0, 9, "PERSON")]
