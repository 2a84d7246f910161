"""Which format a record is in."""

from pathlib import Path
from typing import Any, Dict, List

import catalogue
import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers import formats as package
from spacy_rehearsal.readers.formats.registry import (
    get_formats,
    read_annotated,
    recognize_format,
)
from spacy_rehearsal.readers.formats.tally import Tally
from tests.readers.formats.util import (
    ARGILLA,
    ARGILLA_2,
    DATATURKS,
    DOCCANO,
    DOCCANO_1_0,
    DOCCANO_1_3,
    DOCCANO_INTENT,
    DOCCANO_RELATIONS,
    ENTITIES,
    HUGGING_FACE,
    HUGGING_FACE_TEXT,
    LABEL_STUDIO,
    LABEL_STUDIO_MIN,
    LIGHTTAG,
    PAIRS,
    PRODIGY_BINARY,
    PRODIGY_CHOICE,
    PRODIGY_MANUAL,
    RASA,
    SIMPLE,
    TEXT,
    UBIAI,
    read,
    write_jsonl,
)

ARGILLA_2_FLAT = {
    "id": "3f2",
    "text": TEXT,
    "ner.responses": [ARGILLA["annotation"]],
    "ner.responses.users": ["a1"],
    "ner.suggestion": None,
}
# what Doc.to_json makes
SPACY_JSON = {
    "text": TEXT,
    "ents": [{"start": s, "end": e, "label": label} for s, e, label in ENTITIES],
    "tokens": [{"id": 0, "start": 0, "end": 4}, {"id": 1, "start": 5, "end": 9}],
}
WORDS = ["Ann", "Lee", "sold", "it", "on", "Etsy"]
GLINER = {"tokenized_text": WORDS, "ner": [[0, 1, "PERSON"], [5, 5, "WEBSITE"]]}
DYGIE = {
    "doc_key": "1",
    "sentences": [["It", "rained", "."], WORDS],
    "ner": [[], [[3, 4, "PERSON"], [8, 8, "WEBSITE"]]],
    "relations": [[], [[3, 4, 8, 8, "SELLS_ON"]]],
}
SPERT = {
    "tokens": WORDS,
    "entities": [
        {"type": "PERSON", "start": 0, "end": 2},
        {"type": "WEBSITE", "start": 5, "end": 6},
    ],
    "relations": [{"type": "SellsOn", "head": 0, "tail": 1}],
    "orig_id": 1,
}
RECORDS: Dict[str, List[Any]] = {
    "simple": [SIMPLE],
    "prodigy": [PRODIGY_MANUAL, PRODIGY_BINARY],
    "doccano": [DOCCANO, DOCCANO_1_0, DOCCANO_1_3, DOCCANO_INTENT, DOCCANO_RELATIONS],
    "label_studio": [LABEL_STUDIO, LABEL_STUDIO_MIN],
    "dataturks": [DATATURKS],
    "spans": [LIGHTTAG, UBIAI, ARGILLA],
    "tokens": [HUGGING_FACE, HUGGING_FACE_TEXT, PAIRS],
    "argilla": [ARGILLA_2, ARGILLA_2_FLAT],
    "token_spans": [GLINER, DYGIE, SPERT],
}
BRACKETS = """
from spacy_rehearsal.readers.formats.annotated import Annotated, get_span
from spacy_rehearsal.readers.formats.base import Format, formats, get_keys


@formats("brackets")
class BracketsFormat(Format):
    rank = 1000
    priority = 9

    def recognizes(self, record):
        return "brackets" in get_keys(record)

    def parse(self, record):
        left, name, right = record["brackets"].replace("]", "[").split("[")
        span = (len(left), len(left) + len(name), record["label"])
        text = left + name + right
        return Annotated(text, entities=[get_span(text, span)])
"""


@pytest.mark.parametrize("name", RECORDS)
def test_formats_are_recognized(name: str) -> None:
    assert {recognize_format(record) for record in RECORDS[name]} == {name}


@pytest.mark.parametrize(
    "record",
    [
        SIMPLE,
        PRODIGY_MANUAL,
        DOCCANO,
        DOCCANO_1_0,
        DOCCANO_1_3,
        DOCCANO_INTENT,
        DOCCANO_RELATIONS,
        LABEL_STUDIO,
        LABEL_STUDIO_MIN,
        DATATURKS,
        LIGHTTAG,
        UBIAI,
        ARGILLA,
        ARGILLA_2,
        ARGILLA_2_FLAT,
        RASA,
        SPACY_JSON,
        {
            "utterance": TEXT,
            "lang": "en",
            "slots": [["PERSON", 0, 4], [20, 24, "WEBSITE"]],
        },
        {"ner_tags": HUGGING_FACE["ner_tags"], "sentence": TEXT},
        {
            "sentence": TEXT,
            "tokens": [
                {"word": word, "ner": tag}
                for word, tag in zip(TEXT.split(), HUGGING_FACE["ner_tags"])
            ],
        },
        HUGGING_FACE,
        HUGGING_FACE_TEXT,
        PAIRS,
        [TEXT, [[0, 4, "PERSON"], [20, 24, "WEBSITE"]]],
        [TEXT, ["B-PERSON", "O", "O", "O", "U-WEBSITE"]],
        {"sentence": TEXT, "entities": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]]},
        {"text": TEXT, "annotations": [[0, 4, "PERSON"], ["WEBSITE", 20, 24]]},
        {"text": TEXT, "labels": ["B-PERSON", "O", "O", "O", "B-WEBSITE"]},
        {
            "text": TEXT,
            "ner": [{"begin": s, "stop": e, "tag": n} for s, e, n in ENTITIES],
        },
    ],
)
def test_all_say_the_same(record: Any, tmp_path: Path) -> None:
    [annotated] = read(tmp_path, record)
    assert annotated.text == TEXT
    assert annotated.entities == ENTITIES
    assert annotated.is_complete
    assert annotated.place == f"{tmp_path / 'data.jsonl'}, line 1"


def test_formats_are_listed_in_order() -> None:
    assert list(get_formats()) == list(RECORDS)


def test_a_new_format_is_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is asked before all others, and listed after them."""
    monkeypatch.setattr(catalogue, "REGISTRY", dict(catalogue.REGISTRY))
    (tmp_path / "brackets.py").write_text(BRACKETS)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    record = {"text": "", "label": "WEBSITE", "brackets": "Sold on [Etsy]."}
    assert list(get_formats()) == [*RECORDS, "brackets"]
    assert recognize_format(record) == "brackets"
    [annotated] = read(tmp_path, record)
    assert annotated.text == "Sold on Etsy."
    assert annotated.entities == [(8, 12, "WEBSITE")]


@pytest.mark.parametrize("first", [SIMPLE, PRODIGY_MANUAL, DOCCANO, LABEL_STUDIO_MIN])
@pytest.mark.parametrize(
    "second", [SIMPLE, PRODIGY_CHOICE, DOCCANO, LABEL_STUDIO, DATATURKS]
)
def test_mixed_files_are_refused(first: Any, second: Any, tmp_path: Path) -> None:
    if recognize_format(first) != recognize_format(second):
        with pytest.raises(ConfigValidationError, match="line 2: "):
            read(tmp_path, first, second)


def test_format_can_be_forced(tmp_path: Path) -> None:
    record = {"text": TEXT, "entities": [[0, 4, "X"]], "spans": [], "answer": "accept"}
    [prodigy] = read(tmp_path, record, format="prodigy")
    [doccano] = read(tmp_path, record, format="doccano")
    assert prodigy.entities == []
    assert doccano.entities == [(0, 4, "X")]
    with pytest.raises(ConfigValidationError, match=r'expected \["text"'):
        read(tmp_path, record, format="simple")


@pytest.mark.parametrize(
    "record,message",
    [
        ({"title": "x"}, "no known format has the keys title"),
        ({"text": "x"}, "is raw text, without annotations"),
        ("just text", "expected a list or an object"),
        ({"id": 0, "paragraphs": []}, "`spacy convert` reads it"),
    ],
)
def test_bad_records_are_named(record: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match=message) as error:
        read(tmp_path, record)
    assert "data.jsonl, line 1" in str(error.value)


@pytest.mark.parametrize("record", [GLINER, DYGIE, SPERT])
def test_spans_that_count_words(tmp_path: Path, record: Any) -> None:
    [annotated] = read(tmp_path, record)
    marked = [(annotated.text[i:j], label) for i, j, label in annotated.entities or []]
    assert marked == [("Ann Lee", "PERSON"), ("Etsy", "WEBSITE")]
    assert ("relations" in annotated.unread) == ("relations" in record)


@pytest.mark.parametrize(
    "span", [[5, 6, "X"], [-1, 1, "X"], [3, 1, "X"], "X", ["0", 1]]
)
def test_spans_of_words_that_are_not_there(tmp_path: Path, span: Any) -> None:
    tally = Tally()
    path = write_jsonl(tmp_path / "data.jsonl", {**GLINER, "ner": [span]})
    assert not [a.entities for a in read_annotated(path, tally=tally) if a.entities]
    assert "line 1: has no words from" in tally.bad[0]
