"""The records of a file, whatever kind of file it is."""

import json
from pathlib import Path
from typing import List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.formats.registry import read_annotated
from tests.readers.formats.util import (
    DATATURKS,
    DOCCANO,
    ENTITIES,
    LABEL_STUDIO,
    LIGHTTAG,
    RASA,
    SIMPLE,
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
        json.dumps({"TRAIN_DATA": [SIMPLE, SIMPLE], "classes": ["PERSON", "WEBSITE"]}),
        json.dumps({"annotation": [SIMPLE]}),
        json.dumps({"train": [SIMPLE], "dev": [SIMPLE]}),
        json.dumps({"data": [DOCCANO], "labels": ["PERSON"]}),
        json.dumps({"examples": [LIGHTTAG], "schema": {"tags": [{"name": "PERSON"}]}}),
        json.dumps({"rasa_nlu_data": {"common_examples": [RASA], "regex": []}}),
        json.dumps(DOCCANO, indent=1),
        json.dumps({"1": DOCCANO, "2": DOCCANO}),
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


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ('[["a", {}], ["b", {}]]', ["line 1, record 1", "line 1, record 2"]),
        ('{"TRAIN": [["a", {}], ["b", {}]]}', ["record 1", "record 2"]),
        (
            '{"train": [["a", {}]], "dev": [null, ["b", {}]]}',
            ['record 1 of "train"', 'record 2 of "dev"'],
        ),
    ],
)
def test_records_that_lines_do_not_tell_apart(
    content: str, places: List[str], tmp_path: Path
) -> None:
    path = tmp_path / "data.json"
    path.write_text(content)
    assert [a.place for a in read_annotated(path)] == [f"{path}, {p}" for p in places]


def test_text_files(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    for content in (
        json.dumps([SIMPLE]),
        json.dumps(SIMPLE) + "\n" + json.dumps(SIMPLE),
        json.dumps({"annotations": [SIMPLE]}, indent=1),
    ):
        path.write_text(content)
        assert {tuple(a.entities or []) for a in read_annotated(path)} == {
            tuple(ENTITIES)
        }


def test_pickles_are_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "train.pkl"
    path.write_bytes(b"\x80\x04N.")
    with pytest.raises(ConfigValidationError) as error:
        list(read_annotated(path))
    assert 'srsly.write_jsonl("train.jsonl", records)' in str(error.value)
    assert 'pickle.load(open("train.pkl", "rb"))' in str(error.value)


def test_what_is_left_in_a_directory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_jsonl(tmp_path / "a.jsonl", SIMPLE)
    (tmp_path / "b.csv").write_text("text,start,end,label\n")
    assert len(list(read_annotated(tmp_path))) == 1
    assert "b.csv is not read, only .jsonl files" in caplog.text


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
        ("train.iob", r"`spacy convert` reads a sentence a line \(Lena|B-PERSON\)"),
    ]:
        with pytest.raises(ConfigValidationError, match=message):
            list(read_annotated(tmp_path / name))


def test_broken_json_and_encoding(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    for content, message in [
        (b'["a", {}]\n["b", {', "line 2: is not valid JSON"),
        (b'[\n["a", {}],\n["b" {}]\n]', "line 3: is not valid JSON"),
        (b"version https://git-lfs.github.com/spec/v1\n", "`git lfs pull` fetches it"),
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


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson"])
@pytest.mark.parametrize(
    "content",
    [
        json.dumps([DOCCANO, DOCCANO]),
        f"{json.dumps(DOCCANO, indent=1)}\n{json.dumps(DOCCANO, indent=1)}",
        f"{json.dumps(DOCCANO)},\n{json.dumps(DOCCANO)},\n",
        f"[{json.dumps(DOCCANO)},\n{json.dumps(DOCCANO)},\n]",
        f"{json.dumps([DOCCANO])}\n{json.dumps([DOCCANO])}\n",
        str([DOCCANO, DOCCANO]),
        json.dumps([{"examples": [LIGHTTAG]}, {"examples": [LIGHTTAG]}]),
        json.dumps([{"classes": ["X"], "annotations": [SIMPLE, None]}] * 2),
        json.dumps({"features": [], "rows": [{"row_idx": 0, "row": DOCCANO}] * 2}),
        json.dumps({"text": [DOCCANO["text"]] * 2, "label": [DOCCANO["label"]] * 2}),
        json.dumps(
            {key: {"0": DOCCANO[key], "1": DOCCANO[key]} for key in ("text", "label")}
        ),
    ],
)
def test_json_that_is_put_together_otherwise(
    content: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf8")
    found = list(read_annotated(path))
    assert [annotated.entities for annotated in found] == [ENTITIES, ENTITIES]


def test_commas_in_strings_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[["a \\",] b", {"entities": [[0, 1, "X"]],}],]')
    [annotated] = read_annotated(path)
    assert annotated.text == 'a ",] b'


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.xlsx", "Save the sheet as CSV"),
        ("a.parquet", "to_json"),
        ("a.ipynb", "nbconvert"),
        ("nlu.yml", "rasa data convert"),
        ("a.xmi", "Export CoNLL, WebAnno TSV or JSON"),
        ("a.zip", "Unpack it"),
        ("a.conllu", "`spacy convert` reads .conllu"),
    ],
)
def test_what_to_do_with_other_files(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(ConfigValidationError, match=message):
        list(read_annotated(tmp_path / name))
