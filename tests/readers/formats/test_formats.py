import json
from pathlib import Path
from typing import Any, Dict

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.formats.registry import read_annotated, recognize_format

TEXT = "Lena left Bosch for Etsy"
ENTITIES = [(0, 4, "PERSON"), (20, 24, "WEBSITE")]

SIMPLE = [TEXT, {"entities": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]]}]
EVERY_KEY: Dict[str, Any] = {
    "entities": [[0, 4, "PERSON"]],
    "tags": ["NNP", "VBD", "NNP", "IN", "NNP"],
    "heads": [1, 1, 1, 1, 3],
    "deps": ["nsubj", "ROOT", "dobj", "prep", "pobj"],
    "cats": {"job": 1.0},
    "spans": {"sc": [[0, 9, "CLAUSE"], [0, 4, "NAME"]]},
    "links": {"0,4": {"Q42": 1.0, "Q7": 0.0}},
}
PRODIGY_MANUAL = {
    "text": TEXT,
    "_input_hash": -1037591604,
    "_task_hash": -1298236362,
    "_is_binary": False,
    "tokens": [
        {"text": "Lena", "start": 0, "end": 4, "id": 0, "ws": True},
        {"text": "left", "start": 5, "end": 9, "id": 1, "ws": True},
        {"text": "Bosch", "start": 10, "end": 15, "id": 2, "ws": True},
        {"text": "for", "start": 16, "end": 19, "id": 3, "ws": True},
        {"text": "Etsy", "start": 20, "end": 24, "id": 4, "ws": False},
    ],
    "_view_id": "ner_manual",
    "spans": [
        {"start": 0, "end": 4, "token_start": 0, "token_end": 0, "label": "PERSON"},
        {"start": 20, "end": 24, "token_start": 4, "token_end": 4, "label": "WEBSITE"},
    ],
    "answer": "accept",
    "_timestamp": 1763766000,
    "_annotator_id": "2026-11-21_22-10-03",
    "_session_id": "2026-11-21_22-10-03",
}
PRODIGY_BINARY = {
    "text": TEXT,
    "_input_hash": -1037591604,
    "_task_hash": 1541943285,
    "spans": [
        {
            "start": 10,
            "end": 15,
            "text": "Bosch",
            "rank": 1,
            "label": "WEBSITE",
            "score": 0.41,
            "source": "en_core_web_sm",
            "input_hash": -1037591604,
        }
    ],
    "meta": {"score": 0.41},
    "_is_binary": True,
    "_view_id": "ner",
    "answer": "accept",
}
PRODIGY_CHOICE = {
    "text": "ok",
    "options": [{"id": "good", "text": "Good"}, {"id": "bad", "text": "Bad"}],
    "accept": ["good"],
    "config": {"choice_style": "single"},
    "answer": "accept",
    "_view_id": "choice",
}
DOCCANO = {
    "id": 71,
    "text": TEXT,
    "label": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]],
    "Comments": [],
}
DOCCANO_1_0 = {
    "id": 71,
    "text": TEXT,
    "meta": {},
    "annotation_approver": "admin",
    "labels": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]],
}
DOCCANO_RELATIONS = {
    "id": 71,
    "text": TEXT,
    "entities": [
        {"id": 5, "label": "PERSON", "start_offset": 0, "end_offset": 4},
        {"id": 6, "label": "WEBSITE", "start_offset": 20, "end_offset": 24},
    ],
    "relations": [{"id": 1, "from_id": 5, "to_id": 6, "type": "works for"}],
    "Comments": [],
}
DOCCANO_1_3 = {"id": 71, "data": TEXT, "label": DOCCANO["label"], "source": "jobs.csv"}
DOCCANO_INTENT = {"id": 71, "text": TEXT, "entities": DOCCANO["label"], "cats": ["job"]}
LABEL_STUDIO = {
    "id": 12,
    "annotations": [
        {
            "id": 4,
            "completed_by": 1,
            "result": [
                {
                    "value": {"start": 0, "end": 4, "text": "Lena", "labels": [label]},
                    "id": "Dx_aB91ISN",
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "origin": "manual",
                }
                for label in ["PERSON"]
            ]
            + [
                {
                    "value": {"start": 20, "end": 24, "labels": ["WEBSITE"]},
                    "id": "gew3t9fgkg",
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "origin": "manual",
                },
                {
                    "from_id": "Dx_aB91ISN",
                    "to_id": "gew3t9fgkg",
                    "type": "relation",
                    "direction": "right",
                },
            ],
            "was_cancelled": False,
            "ground_truth": False,
            "created_at": "2026-11-03T21:52:49.513742Z",
            "lead_time": 4.288,
            "task": 12,
        }
    ],
    "file_upload": "5a8c2f31-jobs.txt",
    "drafts": [],
    "predictions": [],
    "data": {"text": TEXT},
    "meta": {},
    "created_at": "2026-11-03T21:50:12.104411Z",
    "inner_id": 12,
    "project": 2,
}
LABEL_STUDIO_MIN = {
    "text": TEXT,
    "id": 12,
    "label": [
        {"start": 0, "end": 4, "text": "Lena", "labels": ["PERSON"]},
        {"start": 20, "end": 24, "text": "Etsy", "labels": ["WEBSITE"]},
    ],
    "annotator": 1,
    "annotation_id": 4,
    "created_at": "2026-11-03T21:52:49.513742Z",
    "updated_at": "2026-11-03T21:52:49.513770Z",
    "lead_time": 4.288,
}
LABEL_STUDIO_HTML: Dict[str, Any] = {
    "data": {"text": "<p>Lena</p>"},
    "annotations": [
        {
            "result": [
                {
                    "value": {
                        "start": "/p[1]/text()[1]",
                        "end": "/p[1]/text()[1]",
                        "startOffset": 0,
                        "endOffset": 4,
                        "globalOffsets": {"start": 0, "end": 4},
                        "hypertextlabels": ["PERSON"],
                    },
                    "type": "hypertextlabels",
                }
            ]
        }
    ],
}
LABEL_STUDIO_CHOICE = {
    "review": "ok",
    "id": 13,
    "feeling": None,
    "annotator": 1,
    "annotation_id": 5,
    "created_at": "2026-11-03T21:52:49.513742Z",
    "lead_time": 2.1,
}
DATATURKS = {
    "content": TEXT,
    "annotation": [
        {"label": ["PERSON"], "points": [{"start": 0, "end": 3, "text": "Lena"}]},
        {"label": ["WEBSITE"], "points": [{"start": 20, "end": 23, "text": "Etsy"}]},
    ],
    "extras": None,
    "metadata": {
        "first_done_at": 1527844872000,
        "last_updated_at": 1537724086000,
        "sec_taken": 0,
        "last_updated_by": "wQ2xYt",
        "status": "done",
        "evaluation": "NONE",
    },
}
RECORDS = {
    "simple": [SIMPLE],
    "prodigy": [PRODIGY_MANUAL, PRODIGY_BINARY],
    "doccano": [DOCCANO, DOCCANO_1_0, DOCCANO_1_3, DOCCANO_INTENT, DOCCANO_RELATIONS],
    "label_studio": [LABEL_STUDIO, LABEL_STUDIO_MIN],
    "dataturks": [DATATURKS],
}


def write_jsonl(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf8")
    return path


def read(tmp_path: Path, *records: Any, **kwargs: Any):
    path = write_jsonl(tmp_path / "data.jsonl", *records)
    return list(read_annotated(path, **kwargs))


@pytest.mark.parametrize("name", RECORDS)
def test_formats_are_recognized(name: str):
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
    ],
)
def test_all_say_the_same(record: Any, tmp_path: Path):
    [annotated] = read(tmp_path, record)
    assert annotated.text == TEXT
    assert annotated.entities == ENTITIES
    assert annotated.is_complete
    assert annotated.place == f"{tmp_path / 'data.jsonl'}, line 1"


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
def test_json_is_a_list_or_lines(content: str, tmp_path: Path):
    path = tmp_path / "data.json"
    path.write_text(content, encoding="utf8")
    found = list(read_annotated(path))
    assert found
    assert all(annotated.entities == ENTITIES for annotated in found)


def test_lines_of_a_json_list(tmp_path: Path):
    path = tmp_path / "data.json"
    path.write_text('[["a b", {}],\n\n ["c",\n{}], ["d", {}]\n]', encoding="utf8")
    places = [annotated.place for annotated in read_annotated(path)]
    assert places == [f"{path}, line {n}" for n in (1, 3, 4)]


def test_tuples_in_python(tmp_path: Path):
    path = tmp_path / "train_data.py"
    path.write_text(
        "import random\n\nTRAIN_DATA = [\n"
        f'    ("{TEXT}", {{"entities": [(0, 4, "PERSON"), (20, 24, "WEBSITE")]}}),\n'
        "]\nrandom.shuffle(TRAIN_DATA)\n"
    )
    [annotated] = read_annotated(path)
    assert annotated.entities == ENTITIES
    assert annotated.place == f"{path}, line 4"


def test_tuples_with_a_constant_for_the_label(tmp_path: Path):
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


def test_python_is_not_run(tmp_path: Path):
    path = tmp_path / "train_data.py"
    path.write_text('DATA = [\n("Lena", {"entities": [(0, len("Lena"), "PERSON")]})]\n')
    with pytest.raises(ConfigValidationError, match="line 2: is not written out"):
        list(read_annotated(path))
    path.write_text("DATA = [(")
    with pytest.raises(ConfigValidationError, match="is not valid Python"):
        list(read_annotated(path))


def test_other_keys_of_simple_training_style(tmp_path: Path):
    [annotated] = read(tmp_path, [TEXT, EVERY_KEY])
    assert annotated.cats == {"job": 1.0}
    assert annotated.spans == {"sc": [(0, 9, "CLAUSE"), (0, 4, "NAME")]}
    assert annotated.links == {(0, 4): "Q42"}
    assert set(annotated.tokens) == {"tags", "heads", "deps"}
    [annotated] = read(tmp_path, [TEXT, {"tags": EVERY_KEY["tags"]}])
    assert annotated.entities is None


@pytest.mark.parametrize(
    "changes,entities,rejected,is_complete",
    [
        ({}, [(10, 15, "WEBSITE")], [], False),
        ({"answer": "reject"}, [], [(10, 15, "WEBSITE")], False),
        ({"_is_binary": False}, [(10, 15, "WEBSITE")], [], True),
        # older versions leave _is_binary out
        ({"_is_binary": None}, [(10, 15, "WEBSITE")], [], False),
        ({"_is_binary": None, "_view_id": None}, [(10, 15, "WEBSITE")], [], False),
    ],
)
def test_binary_answers(changes, entities, rejected, is_complete, tmp_path: Path):
    record = {**PRODIGY_BINARY, **changes}
    record = {key: value for key, value in record.items() if value is not None}
    [annotated] = read(tmp_path, record)
    assert annotated.entities == entities
    assert annotated.rejected == rejected
    assert annotated.is_complete is is_complete


def test_answers_that_say_nothing_are_skipped(tmp_path: Path):
    cancelled = json.loads(json.dumps(LABEL_STUDIO))
    cancelled["annotations"][0]["was_cancelled"] = True
    assert not read(tmp_path, {**PRODIGY_BINARY, "answer": "ignore"})
    assert not read(tmp_path, {**PRODIGY_MANUAL, "answer": "reject"})
    assert not read(tmp_path, cancelled, {**LABEL_STUDIO, "annotations": []})


def test_prodigy_spans_and_categories(tmp_path: Path):
    spans = {**PRODIGY_MANUAL, "_view_id": "spans_manual"}
    binary = {"text": "ok", "label": "good", "answer": "reject"}
    found = read(tmp_path, spans, PRODIGY_CHOICE, binary)
    assert found[0].spans == {"sc": ENTITIES}
    assert found[0].entities is None
    assert found[1].cats == {"good": 1.0, "bad": 0.0}
    assert found[2].cats == {"good": 0.0}
    assert found[2].entities is None


def test_prodigy_views(tmp_path: Path):
    """The view tells what spans and labels mean, where a record has both."""
    matched = {**PRODIGY_BINARY, "_view_id": "classification", "label": "good"}
    unused = {**PRODIGY_MANUAL, "label": "column of the source", "spans": []}
    blocks = {**PRODIGY_CHOICE, **PRODIGY_MANUAL, "_view_id": "blocks"}
    review = {**PRODIGY_MANUAL, "_view_id": "review", "view_id": "spans_manual"}
    found = read(tmp_path, matched, unused, blocks, review)
    assert (found[0].cats, found[0].entities) == ({"good": 1.0}, None)
    assert (found[1].cats, found[1].entities) == ({}, [])
    assert found[2].cats == {"good": 1.0, "bad": 0.0}
    assert found[2].entities == ENTITIES
    assert found[3].spans == {"sc": ENTITIES}
    assert not read(tmp_path, {**PRODIGY_CHOICE, "answer": "reject"})


@pytest.mark.parametrize(
    "record",
    [
        {"id": 1, "text": "ok", "label": ["good"]},
        {"content": "ok", "annotation": {"labels": ["good"], "note": ""}},
        {"id": 1, "text": "ok", "label": "good"},
        {**LABEL_STUDIO_CHOICE, "feeling": "good"},
        {**LABEL_STUDIO_CHOICE, "feeling": {"choices": ["good"]}},
        {**LABEL_STUDIO_CHOICE, "feeling": [{"choices": ["good"]}]},
    ],
)
def test_categories_of_the_other_tools(record: Any, tmp_path: Path):
    [annotated] = read(tmp_path, record)
    assert annotated.cats == {"good": 1.0}
    assert annotated.has_all_cats
    assert annotated.entities is None


def test_label_studio_that_counts_utf16(tmp_path: Path):
    """Offsets of the versions before 1.6, after an emoji outside of the BMP."""
    record = json.loads(json.dumps(LABEL_STUDIO_MIN))
    record["text"] = "\U0001f4a9 " + TEXT
    for value in record["label"]:
        value["start"] += 3
        value["end"] += 3
    [annotated] = read(tmp_path, record)
    assert annotated.entities == [(s + 2, e + 2, name) for s, e, name in ENTITIES]


def test_dataturks_that_counts_utf16(tmp_path: Path):
    points = [{"start": 3, "end": 6, "text": "Lena"}]
    annotation = [{"label": ["PERSON"], "points": points}]
    record = {"content": "\U0001f4a9 " + TEXT, "annotation": annotation}
    [annotated] = read(tmp_path, record)
    assert annotated.entities == [(2, 6, "PERSON")]
    [annotated] = read(tmp_path, {"content": TEXT, "annotation": None})
    assert annotated.entities == []


@pytest.mark.parametrize(
    "text,surface,start",
    [
        ("Lena likes  Kleinbazaar", "likes Kleinbazaar", 5),
        ("Lena likes\nKleinbazaar", "likes\\nKleinbazaar", 5),
        ("Lena likes Kleinbazaar", "Klein", 11),
    ],
)
def test_label_studio_that_words_the_annotated_text_otherwise(
    text: str, surface: str, start: int, tmp_path: Path
):
    value = {"start": start, "end": len(text), "text": surface, "labels": ["X"]}
    [annotated] = read(tmp_path, {**LABEL_STUDIO_MIN, "text": text, "label": [value]})
    assert annotated.entities == [(start, len(text), "X")]


def test_offsets_of_another_text(tmp_path: Path):
    value = {"start": 9, "end": 13, "text": "Etsy", "labels": ["X"]}
    crlf = {**LABEL_STUDIO_MIN, "text": "Lena\r\non: Etsy", "label": [value]}
    points = [{"start": 5, "end": 8, "text": "Lena"}]
    dataturks = {**DATATURKS, "annotation": [{"label": ["X"], "points": points}]}
    for record, found in [
        (crlf, r"\[9, 13\] is 'Ets', but was annotated as 'Etsy'"),
        (dataturks, r"\[5, 9\] is 'left'"),
    ]:
        with pytest.raises(ConfigValidationError, match=f"line 1: .*{found}"):
            read(tmp_path, record)


def test_the_parts_of_a_text_that_label_studio_has_choices_for(tmp_path: Path):
    record = json.loads(json.dumps(LABEL_STUDIO))
    [annotation] = record["annotations"]
    value = {"start": 0, "end": 4, "text": "Lena", "choices": ["sure"]}
    annotation["result"].append({"value": value, "type": "choices"})
    [annotated] = read(tmp_path, record)
    assert annotated.entities == ENTITIES
    assert annotated.cats == {}


def test_one_annotation_of_each_label_studio_task(tmp_path: Path):
    """Of several in JSON-MIN, where each is a record, the first."""
    other = {**LABEL_STUDIO_MIN, "label": [], "annotator": 2, "annotation_id": 9}
    third = {**LABEL_STUDIO_MIN, "id": 14}
    found = read(tmp_path, LABEL_STUDIO_MIN, other, third)
    assert [annotated.entities for annotated in found] == [ENTITIES, ENTITIES]
    record = json.loads(json.dumps(LABEL_STUDIO))
    [first] = record["annotations"]
    cancelled = {**first, "result": [], "was_cancelled": True}
    truth = {**first, "result": first["result"][:1], "ground_truth": True}
    record["annotations"] = [cancelled, first]
    assert read(tmp_path, record)[0].entities == ENTITIES
    record["annotations"] = [cancelled, first, truth]
    assert read(tmp_path, record)[0].entities == ENTITIES[:1]


@pytest.mark.parametrize("first", [SIMPLE, PRODIGY_MANUAL, DOCCANO, LABEL_STUDIO_MIN])
@pytest.mark.parametrize(
    "second", [SIMPLE, PRODIGY_CHOICE, DOCCANO, LABEL_STUDIO, DATATURKS]
)
def test_mixed_files_are_refused(first: Any, second: Any, tmp_path: Path):
    if recognize_format(first) != recognize_format(second):
        with pytest.raises(ConfigValidationError, match="line 2: "):
            read(tmp_path, first, second)


def test_windows_files(tmp_path: Path):
    path = tmp_path / "data.jsonl"
    lines = [json.dumps(SIMPLE), "", json.dumps(SIMPLE), "  "]
    path.write_bytes("\r\n".join(["\ufeff" + lines[0], *lines[1:]]).encode("utf8"))
    places = [annotated.place for annotated in read_annotated(path)]
    assert places == [f"{path}, line {n}" for n in (1, 3)]


def test_white_space_at_the_ends_is_left_out(tmp_path: Path):
    record = {"text": " Lena  left\n", "label": [[0, 7, "PERSON"], [11, 12, "X"]]}
    [annotated] = read(tmp_path, record)
    assert annotated.entities == [(1, 5, "PERSON"), (11, 12, "X")]


@pytest.mark.parametrize(
    "record,message",
    [
        ({"title": "x"}, "no known format has the keys title"),
        ({"text": "x"}, "is raw text, without annotations"),
        ("just text", "expected a list or an object"),
        (["x"], r'expected \["text", \{\.\.\.\}\]'),
        ([TEXT, [[0, 4, "PERSON"]]], "expected an object"),
        ([TEXT, {"entities": [[0, 4]]}], r"expected \[start, end, label\]"),
        ([TEXT, {"entities": [["0", "4", "X"]]}], "expected numbers of characters"),
        ([TEXT, {"entities": [[0, 4, None]]}], "expected a label"),
        ([TEXT, {"entities": [[20, 25, "X"]]}], "no part of a text of 24 characters"),
        ([TEXT, {"entities": [[4, 4, "X"]]}], "no part of a text"),
        ([TEXT, {"links": {"0": {"Q1": 1.0}}}], 'expected "links" like'),
        ([TEXT, {"spans": [[0, 4, "X"]]}], 'expected "spans" by key'),
        ([TEXT, {"entities": {"PERSON": [[0, 4]]}}], 'expected "entities" as a list'),
        ([TEXT, {"cats": ["job"]}], 'expected "cats" like'),
        ([TEXT, {"cats": {"job": "yes"}}], 'expected "cats" like'),
        ([TEXT, {"cats": {"job": None}}], 'expected "cats" like'),
        ([TEXT, {"cats": {"job": float("nan")}}], 'expected "cats" like'),
        ({**DOCCANO_INTENT, "cats": {"job": 0.0}}, '"cats" as a list of names'),
        ({"text": TEXT, "entities": [{"start": 0, "label": "X"}]}, "{'start': 0"),
        ({**PRODIGY_MANUAL, "_view_id": "text_input"}, "'text_input' is not read"),
        (["half \ud83d", {}], "half a surrogate pair"),
        ({**DATATURKS, "annotation": [{"label": ["X"]}]}, "of another form"),
        ({"text": 3, "label": []}, 'expected a record with a "text"'),
        ({"id": 0, "paragraphs": []}, "`spacy convert` reads it"),
        ({**PRODIGY_MANUAL, "_view_id": "pos_manual"}, "'pos_manual' is not read"),
        (LABEL_STUDIO_HTML, "hypertextlabels are not read"),
        (
            {**LABEL_STUDIO, "data": {"title": "Jobs", "body": TEXT}},
            "which of title, body is the text",
        ),
    ],
)
def test_bad_records_are_named(record: Any, message: str, tmp_path: Path):
    good = DOCCANO if record == {"text": 3, "label": []} else None
    records = [record] if good is None else [good, record]
    with pytest.raises(ConfigValidationError, match=message) as error:
        read(tmp_path, *records)
    assert f"data.jsonl, line {len(records)}" in str(error.value)


def test_format_can_be_forced(tmp_path: Path):
    record = {"text": TEXT, "entities": [[0, 4, "X"]], "spans": [], "answer": "accept"}
    [prodigy] = read(tmp_path, record, format="prodigy")
    [doccano] = read(tmp_path, record, format="doccano")
    assert prodigy.entities == []
    assert doccano.entities == [(0, 4, "X")]
    with pytest.raises(ConfigValidationError, match=r'expected \["text"'):
        read(tmp_path, record, format="simple")


def test_files_and_directories(tmp_path: Path):
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


def test_broken_json_and_encoding(tmp_path: Path):
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
