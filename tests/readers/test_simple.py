import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
from spacy.language import Language
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.simple import SimpleCorpus, create_simple_corpus
from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.training.data_checks import check_corpus
from tests.readers.formats.util import (
    EVERY_KEY,
    PRODIGY_BINARY,
    TEXT,
    write_jsonl,
)
from tests.readers.util import MISALIGNED, get_iobs, read
from tests.util import EXAMPLES, get_ents


def test_reads_the_examples_of_this_project(blank: Language) -> None:
    assets = EXAMPLES / "websites" / "assets"
    for line, example in zip(
        (assets / "dev.jsonl").open(encoding="utf8"),
        read(assets / "dev.jsonl", blank),
    ):
        text, annotations = json.loads(line)
        assert example.text == text
        ents = example.reference.ents
        found = [[ent.start_char, ent.end_char, ent.label_] for ent in ents]
        assert found == sorted(annotations["entities"])
        assert "?" not in get_iobs(example)


def test_all_that_spacy_takes(blank: Language, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", [TEXT, EVERY_KEY])
    [example] = read(path, blank)
    doc = example.reference
    assert [(e.text, e.label_, e.kb_id_) for e in doc.ents] == [
        ("Lena", "PERSON", "Q42")
    ]
    assert [token.tag_ for token in doc] == EVERY_KEY["tags"]
    assert [token.head.i for token in doc] == EVERY_KEY["heads"]
    assert [token.dep_ for token in doc] == EVERY_KEY["deps"]
    assert doc.cats == {"job": 1.0}
    assert [span.text for span in doc.spans["sc"]] == ["Lena left", "Lena"]


def test_tags_instead_of_offsets_and_words_of_ones_own(
    blank: Language, tmp_path: Path
) -> None:
    path = write_jsonl(
        tmp_path / "data.jsonl",
        [TEXT, {"entities": ["U-PERSON", "O", "-", "O", "U-WEBSITE"]}],
        ["re-use it", {"words": ["re-use", "it"], "entities": [[0, 6, "X"]]}],
        [TEXT, {"tags": ["NNP", "VBD", "NNP", "IN", "NNP"]}],
    )
    examples = read(path, blank)
    assert [get_iobs(example) for example in examples] == ["BO?OB", "BO", "?????"]


def test_misaligned_entities_are_reported_together(
    blank: Language, tmp_path: Path
) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", *MISALIGNED)
    with pytest.raises(ConfigValidationError) as error:
        next(SimpleCorpus(path)(blank))
    for expected in (
        "2 entities do not align",
        f"{path}, line 1: ORG 'Bosc' is not made of whole tokens in: The Bosch-owned",
        f"{path}, line 2: ORG '  ' is white space in: No entity here",
        "set misaligned to 'expand'",
    ):
        assert expected in str(error.value)


def test_one_misaligned_entity_is_counted_as_one(
    blank: Language, tmp_path: Path
) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", MISALIGNED[0])
    with pytest.raises(ConfigValidationError, match="1 entity does not align"):
        next(SimpleCorpus(path)(blank))


def test_an_entity_that_is_marked_twice_is_one(blank: Language, tmp_path: Path) -> None:
    marked = [[0, 4, "PERSON"], [0, 4, "PERSON"]]
    path = write_jsonl(tmp_path / "data.jsonl", [TEXT, {"entities": marked}])
    assert [get_iobs(example) for example in read(path, blank)] == ["BOOOO"]


@pytest.mark.parametrize(
    "misaligned,first,second,ents",
    [
        ("missing", "O?OOB", "OO?O", ["plant"]),
        ("expand", "OBOOB", "OO?O", ["Bosch", "plant"]),
        ("contract", "O?OOB", "OO?O", ["plant"]),
    ],
)
def test_misaligned_setting(
    misaligned: str,
    first: str,
    second: str,
    ents: List[Any],
    blank: Language,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", *MISALIGNED)
    examples = read(path, blank, misaligned=misaligned)
    assert [get_iobs(example) for example in examples] == [first, second]
    assert [ent.text for ent in examples[0].reference.ents] == ents
    assert "ORG 'Bosc' is not made of whole tokens" in caplog.text


def test_offsets_count_code_points(blank: Language, tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "d.jsonl", ["\U0001f44d\U0001f3fd Etsy", {"entities": [[3, 7, "X"]]}]
    )
    [example] = read(path, blank)
    assert get_ents(example.reference) == [("Etsy", "X")]


def test_contracts_to_the_tokens_inside(blank: Language, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "d.jsonl", [TEXT, {"entities": [[2, 15, "X"]]}])
    [example] = read(path, blank, misaligned="contract")
    assert get_ents(example.reference) == [("left Bosch", "X")]


def test_reports_show_long_entities_on_one_line(
    blank: Language, tmp_path: Path
) -> None:
    text = "Stir\nand wait. " * 20
    path = write_jsonl(tmp_path / "d.jsonl", [text, {"entities": [[0, 228, "X"]]}])
    with pytest.raises(ConfigValidationError) as error:
        next(SimpleCorpus(path)(blank))
    [line] = [line for line in str(error.value).splitlines() if "line 1" in line]
    assert "X 'Stir and wait. Stir" in line
    assert len(line) < 300 + len(str(path))


@pytest.mark.parametrize(
    "name,content",
    [
        ("empty.jsonl", "\n"),
        ("empty.json", "[]"),
        ("ignored.jsonl", json.dumps({**PRODIGY_BINARY, "answer": "ignore"})),
        ("data.py", "TRAIN_DATA = []\nTRAIN_DATA.append((read(), {'entities': []}))"),
    ],
)
def test_files_without_annotated_texts(
    name: str, content: str, blank: Language, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigValidationError, match=f"no annotated text in .*{name}"):
        next(SimpleCorpus(tmp_path / name)(blank))


def test_long_reports_are_cut(blank: Language, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", *(MISALIGNED * 20))
    with pytest.raises(ConfigValidationError, match="and 30 more"):
        next(SimpleCorpus(path)(blank))


@pytest.mark.parametrize(
    "annotations,message",
    [
        (
            {"entities": [[0, 9, "A"], [5, 15, "B"]]},
            "'Lena left' and B 'left Bosch' ov",
        ),
        ({"entities": [[0, 4, "A"]], "links": {"5,9": {"Q1": 1.0}}}, "no entity at"),
        ({"links": {"0,4": {"Q1": 1.0}}}, "no entity at the link"),
        ({"tags": ["NN"]}, "line 2"),
        ({"colour": ["red"] * 5}, "colour"),
        ({"words": ["Lena", "right"]}, "do not add up"),
    ],
)
def test_bad_annotations_are_named(
    annotations: Any, message: str, blank: Language, tmp_path: Path
) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", [TEXT, {}], [TEXT, annotations])
    with pytest.raises(ConfigValidationError, match=message) as error:
        next(SimpleCorpus(path)(blank))
    assert "data.jsonl, line 2" in str(error.value)


@pytest.mark.parametrize(
    "settings,message",
    [
        ({"format": "brat"}, "must be one of simple, prodigy"),
        ({"misaligned": "ignore"}, "must be one of error, expand"),
        ({"overlapping": "expand"}, "must be one of error, longest"),
    ],
)
def test_bad_settings(settings: Dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", [TEXT, {}])
    with pytest.raises(ConfigValidationError, match=message):
        create_simple_corpus(path, **settings)


def test_binary_answers_leave_the_rest_missing(blank: Language, tmp_path: Path) -> None:
    rejected = {**PRODIGY_BINARY, "answer": "reject"}
    path = write_jsonl(tmp_path / "data.jsonl", PRODIGY_BINARY, rejected)
    accepted_example, rejected_example = read(path, blank, incorrect_spans_key="no")
    assert get_iobs(accepted_example) == "??B??"
    assert get_iobs(rejected_example) == "?????"
    [span] = rejected_example.reference.spans["no"]
    assert (span.text, span.label_) == ("Bosch", "WEBSITE")


def test_categories_that_do_not_apply_are_zero(blank: Language, tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "data.jsonl",
        {"id": 1, "text": "ok", "label": ["good"]},
        {"id": 2, "text": "no", "label": ["bad"]},
    )
    cats = [example.reference.cats for example in read(path, blank)]
    assert cats == [{"good": 1.0, "bad": 0.0}, {"good": 0.0, "bad": 1.0}]


def test_is_gold_for_rehearsal(nlp: Language, teacher: Teacher, tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "data.jsonl",
        ["Maria Schmidt sells on Etsy.", {"entities": [[23, 27, "WEBSITE"]]}],
    )
    corpus = RehearsalCorpus(SimpleCorpus(path), teacher)
    check_corpus(nlp, corpus)
    [example] = corpus(nlp)
    assert get_ents(example.reference) == [
        ("Maria Schmidt", "PERSON"),
        ("Etsy", "WEBSITE"),
    ]
    assert next(corpus(nlp)) is example, "completed once, as nothing augments it"


def test_rehearsal_names_file_and_line(
    nlp: Language, teacher: Teacher, tmp_path: Path
) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", *MISALIGNED)
    with pytest.raises(ConfigValidationError, match=r"gold -> path\s+2 entities do"):
        check_corpus(nlp, RehearsalCorpus(SimpleCorpus(path), teacher))


@pytest.mark.parametrize(
    "record",
    [
        ["Lena Berg left", {"entities": [[0, 9, "PERSON"], [0, 4, "FIRST"]]}],
        {"text": "Lena Berg left", "label": [[0, 9, "PERSON"], [0, 4, "FIRST"]]},
        {
            "data": {"text": "Lena Berg left"},
            "annotations": [
                {
                    "result": [
                        {"value": {"start": 0, "end": 9, "labels": ["PERSON"]}},
                        {"value": {"start": 0, "end": 4, "labels": ["FIRST"]}},
                    ]
                }
            ],
        },
    ],
)
def test_what_overlaps_is_gold_for_spancat(record: Any, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "data.jsonl", record)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    nlp.add_pipe("spancat", config={"spans_key": "names"})
    with pytest.raises(ConfigValidationError, match="overlaps with another one"):
        read(path, nlp)
    nlp.config["training"]["frozen_components"] = ["ner"]
    [example] = read(path, nlp)
    spans = {(span.text, span.label_) for span in example.reference.spans["names"]}
    assert spans == {("Lena Berg", "PERSON"), ("Lena", "FIRST")}
    assert not example.reference.has_annotation("ENT_IOB")


def test_entities_for_both_ner_and_spancat(tmp_path: Path) -> None:
    record = ["Lena Berg left", {"entities": [[0, 9, "PERSON"], [0, 4, "FIRST"]]}]
    path = write_jsonl(tmp_path / "data.jsonl", record)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    nlp.add_pipe("spancat")
    [example] = read(path, nlp, overlapping="longest")
    assert get_ents(example.reference) == [("Lena Berg", "PERSON")]
    assert len(example.reference.spans["sc"]) == 2


def test_spans_of_a_text_that_is_not_known_are_missing(tmp_path: Path) -> None:
    record = ["Lena Berg left", {"entities": [[0, 9, "PERSON"], [10, 99, "X"]]}]
    path = write_jsonl(tmp_path / "data.jsonl", record)
    nlp = spacy.blank("en")
    nlp.add_pipe("spancat")
    [example] = read(path, nlp, misaligned="missing")
    assert not example.reference.spans


def test_two_readers_of_a_training_warn_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """spaCy makes the reader anew to initialize, to check and to train."""
    entities = [[3, 7, "WEBSITE"], [3, 11, "BRAND"]]
    path = write_jsonl(tmp_path / "a.jsonl", ["On Etsy now", {"entities": entities}])
    nlp = spacy.blank("en")
    for _ in range(2):
        list(SimpleCorpus(path, overlapping="longest")(nlp))
    assert caplog.text.count("overlaps with another one") == 1
