"""The records of a file: JSON, JSONL and Python."""

import json
from pathlib import Path

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.formats.registry import read_annotated
from tests.readers.formats.util import (
    DATATURKS,
    DOCCANO,
    ENTITIES,
    LABEL_STUDIO,
    SIMPLE,
    TEXT,
    write_jsonl,
)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([SIMPLE, SIMPLE], indent=1),
        json.dumps([SIMPLE]) + "\n",
        "\ufeff" + json.dumps([SIMPLE]),
        json.dumps(SIMPLE) + "\n" + json.dumps(SIMPLE),
        json.dumps(DATATURKS) + "\n" + json.dumps(DATATURKS) + "\n",
        # an annotator for spaCy that is used in the browser
        json.dumps({"classes": ["PERSON"], "annotations": [SIMPLE, None]}),
        json.dumps([LABEL_STUDIO, LABEL_STUDIO]),
    ],
)
def test_json_is_a_list_or_lines(content: str, tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(content, encoding="utf8")
    found = list(read_annotated(path))
    assert found
    assert all(annotated.entities == ENTITIES for annotated in found)


def test_lines_of_a_json_list(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('[["a b", {}],\n\n ["c",\n{}], ["d", {}]\n]', encoding="utf8")
    places = [annotated.place for annotated in read_annotated(path)]
    assert places == [f"{path}, line {n}" for n in (1, 3, 4)]


def test_tuples_in_python(tmp_path: Path) -> None:
    path = tmp_path / "train_data.py"
    path.write_text(
        "import random\n\nTRAIN_DATA = [\n"
        f'    ("{TEXT}", {{"entities": [(0, 4, "PERSON"), (20, 24, "WEBSITE")]}}),\n'
        "]\nrandom.shuffle(TRAIN_DATA)\n"
    )
    [annotated] = read_annotated(path)
    assert annotated.entities == ENTITIES
    assert annotated.place == f"{path}, line 4"


def test_tuples_with_a_constant_for_the_label(tmp_path: Path) -> None:
    path = tmp_path / "train_data.py"
    path.write_text(
        'LABELS = ["PERSON", "WEBSITE"]\n'
        'WORKER = "PERSON"\nSHOP = WEBSHOP = "WEBSITE"\n'
        f'TRAIN_DATA = [("{TEXT}", {{"entities": [(0, 4, WORKER), (20, 24, SHOP)]}})]\n'
        'WORKER = input("Label? ")\nMORE = [("Lena", {"entities": [(0, 4, WORKER)]})]\n'
    )
    found = read_annotated(path)
    assert next(found).entities == ENTITIES
    with pytest.raises(ConfigValidationError, match="line 6: is not written out"):
        next(found)


def test_python_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "train_data.py"
    path.write_text('DATA = [\n("Lena", {"entities": [(0, len("Lena"), "PERSON")]})]\n')
    with pytest.raises(ConfigValidationError, match="line 2: is not written out"):
        list(read_annotated(path))
    path.write_text("DATA = [(")
    with pytest.raises(ConfigValidationError, match="is not valid Python"):
        list(read_annotated(path))


def test_windows_files(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    lines = [json.dumps(SIMPLE), "", json.dumps(SIMPLE), "  "]
    path.write_bytes("\r\n".join(["\ufeff" + lines[0], *lines[1:]]).encode("utf8"))
    places = [annotated.place for annotated in read_annotated(path)]
    assert places == [f"{path}, line {n}" for n in (1, 3)]


def test_files_and_directories(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", SIMPLE)
    write_jsonl(tmp_path / "b.jsonl", DOCCANO, DOCCANO)
    write_jsonl(tmp_path / ".hidden.jsonl", "broken")
    assert len(list(read_annotated(tmp_path))) == 3
    (tmp_path / "empty").mkdir()
    (tmp_path / "train.iob").write_text("Lena|B-PERSON")
    for name, message in [
        ("none.jsonl", "no file or directory"),
        ("empty", "nor a directory of such"),
        ("train.iob", "`spacy convert` reads .iob, .conllu and, with -c ner, .conll"),
    ]:
        with pytest.raises(ConfigValidationError, match=message):
            list(read_annotated(tmp_path / name))


def test_broken_json_and_encoding(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    for content, message in [
        (b'["a", {}]\n["b", {', "line 2: is not valid JSON"),
        (b'[\n["a", {}],\n["b", {}]\n]', "line 1: .* one JSON list, name it .json"),
        (b'["a", {}]\n["caf\xe9", {}]', "line 2: is not UTF-8"),
    ]:
        path.write_bytes(content)
        with pytest.raises(ConfigValidationError, match=message):
            list(read_annotated(path))
    path = tmp_path / "data.json"
    for text, line_no in [
        ('\n[["a", {}],\n ["b" {}]]', 3),
        ('["a", {}]\n\n["b", {', 3),
    ]:
        path.write_text(text)
        with pytest.raises(ConfigValidationError, match=f"line {line_no}: is not val"):
            list(read_annotated(path))
