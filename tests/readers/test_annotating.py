"""What does not fit the text, or the tokens, and what is done with it."""

import json
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.language import Language
from spacy.util import filter_spans
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.simple import SimpleCorpus
from tests.readers.formats.util import TEXT, write_jsonl
from tests.readers.util import MISALIGNED, get_iobs, read
from tests.util import get_ents


def test_skips_texts_with_what_is_misaligned(
    blank: Language, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = [TEXT, {"entities": [[0, 4, "PERSON"]]}]
    path = write_jsonl(tmp_path / "data.jsonl", *MISALIGNED, good)
    corpus = SimpleCorpus(path, misaligned="skip")
    for nlp in (blank, blank, spacy.blank("en")):  # the second time without a check
        assert [example.text for example in corpus(nlp)] == [TEXT]
    # once for each pipeline
    assert caplog.text.count("2 entities do not align") == 2
    path = write_jsonl(tmp_path / "data.jsonl", *MISALIGNED)
    with pytest.raises(ConfigValidationError, match=r"all 2 texts .* are skipped"):
        read(path, blank, misaligned="skip")


def test_bad_spans_of_a_file_are_reported_together(
    blank: Language, tmp_path: Path
) -> None:
    records: List[Any] = [[TEXT, {"entities": [[0, 4, "X"]]}]] * 300
    for i in (7, 200, 299):
        records[i] = [TEXT, {"entities": [[0, 4, "X"], [20, 25, "X"]]}]
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"classes": ["X"], "annotations": records}))
    with pytest.raises(ConfigValidationError) as error:
        next(SimpleCorpus(path)(blank))
    for expected in (
        "3 entities have no place in their text:",
        *(f"{path}, record {i}: [20, 25, X] is no part" for i in (8, 201, 300)),
        "set misaligned to 'expand', 'contract', 'missing' or 'skip'",
    ):
        assert expected in str(error.value)
    assert len(read(path, blank, misaligned="skip")) == 297
    for misaligned in ("expand", "contract", "missing"):
        examples = read(path, blank, misaligned=misaligned)
        iobs = [get_iobs(example) for example in examples]
        assert iobs.count("BOOOO") == 297
        assert [iobs[i] for i in (7, 200, 299)] == ["B????"] * 3


def test_moved_spans_are_reported(
    blank: Language, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    point = {"start": 16, "end": 19, "text": "Etsy"}
    annotation = [{"label": ["X"], "points": [point]}]
    path = write_jsonl(
        tmp_path / "d.jsonl", {"content": TEXT, "annotation": annotation}
    )
    [example] = read(path, blank)
    assert get_ents(example.reference) == [("Etsy", "X")]
    assert "1 entity is not where its offsets are, but nearby" in caplog.text
    assert "line 1: X 'Etsy' from [16, 20] to [20, 24]" in caplog.text


OVERLAPPING = [
    [TEXT, {"entities": [[0, 4, "A"], [0, 9, "B"], [20, 24, "C"]]}],
    [TEXT, {"entities": [[0, 9, "A"], [5, 15, "B"], [10, 15, "C"]]}],
]


def test_overlaps_are_reported_together(blank: Language, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", *OVERLAPPING, MISALIGNED[0])
    with pytest.raises(ConfigValidationError) as error:
        next(SimpleCorpus(path)(blank))
    for expected in (
        "3 entities overlap with another one:",
        "line 1: A 'Lena' and B 'Lena left' overlap",
        "line 2: A 'Lena left' and B 'left Bosch' overlap",
        "line 2: B 'left Bosch' and C 'Bosch' overlap",
        "1 entity does not align with the tokens:",
        "or set misaligned to 'expand', 'contract', 'missing' or 'skip', and "
        "overlapping to 'longest', 'missing' or 'skip'.",
    ):
        assert expected in str(error.value)


@pytest.mark.parametrize(
    ("overlapping", "iobs", "ents"),
    [
        ("longest", ["BIOOB", "BIBOO"], [["B", "C"], ["A", "C"]]),
        ("missing", ["??OOB", "???OO"], [["C"], []]),
        ("skip", [], []),
    ],
)
def test_overlapping_setting(
    overlapping: str,
    iobs: List[str],
    ents: List[Any],
    blank: Language,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = [TEXT, {"entities": [[0, 4, "PERSON"]]}]
    path = write_jsonl(tmp_path / "data.jsonl", *OVERLAPPING, good)
    *examples, last = read(path, blank, overlapping=overlapping)
    assert [get_iobs(example) for example in examples] == iobs
    assert [[e.label_ for e in eg.reference.ents] for eg in examples] == ents
    assert get_iobs(last) == "BOOOO"
    assert "3 entities overlap with another one" in caplog.text


def test_the_longest_are_those_of_spacy(blank: Language, tmp_path: Path) -> None:
    text = "a b c d e f g h"
    spans: List[Any] = [
        [0, 5, "A"],
        [4, 9, "B"],
        [8, 11, "C"],
        [8, 11, "D"],
        [2, 3, "E"],
    ]
    spans.append([12, 15, "F"])
    path = write_jsonl(tmp_path / "data.jsonl", [text, {"entities": spans}])
    [example] = read(path, blank, overlapping="longest")
    doc = blank(text)
    found: List[Any] = [doc.char_span(s, e, label) for s, e, label in spans]
    expected = [(ent.text, ent.label_) for ent in filter_spans(found)]
    assert get_ents(example.reference) == expected


def test_tags_that_are_numbers(blank: Language, tmp_path: Path) -> None:
    record = {"tokens": TEXT.split(), "ner_tags": [1, 0, 0, 0, 1]}
    path = write_jsonl(tmp_path / "data.jsonl", record)
    [example] = read(path, blank, tag_names=["O", "B-X"])
    assert get_ents(example.reference) == [("Lena", "X"), ("Etsy", "X")]
