"""What Argilla 2 exports."""

from pathlib import Path

from spacy_rehearsal.readers.formats.registry import read_annotated
from spacy_rehearsal.readers.formats.tally import Tally
from tests.readers.formats.util import ARGILLA_2, ENTITIES, TEXT, read, write_jsonl


def test_the_first_of_several_responses(tmp_path: Path) -> None:
    [first] = ARGILLA_2["responses"]["ner"]
    record = {**ARGILLA_2, "responses": {"ner": [first, first]}}
    tally = Tally()
    path = write_jsonl(tmp_path / "a.jsonl", record)
    [annotated] = read_annotated(path, tally=tally)
    assert annotated.entities == ENTITIES
    assert tally.left_out == {"another annotation of a text": 2}


def test_categories(tmp_path: Path) -> None:
    for value in ("good", ["good"]):
        responses = {"feeling": [{"value": value}]}
        [annotated] = read(tmp_path, {**ARGILLA_2, "responses": responses})
        assert annotated.cats == {"good": 1.0}
        assert annotated.entities is None


def test_records_without_a_response(tmp_path: Path) -> None:
    empty = {**ARGILLA_2, "responses": {}}
    [annotated] = read(tmp_path, empty, ARGILLA_2)
    assert annotated.text == TEXT
