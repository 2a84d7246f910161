import json
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.training import Corpus
from spacy.training.corpus import JsonlCorpus, PlainTextCorpus
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.raw import (
    check_path,
    check_raw_text,
    open_raw,
    read_texts,
)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_good_files_pass(tmp_path: Path) -> None:
    data = b'{"text": "one", "meta": 1}\n\n{"text": ""}\n{"text": "caf\xc3\xa9"}'
    write(tmp_path / "raw.jsonl", data)
    write(tmp_path / "raw.txt", b"one\r\n\r\ntwo\n")
    for reader in (JsonlCorpus(tmp_path / "raw.jsonl"), PlainTextCorpus(tmp_path)):
        check_path("raw", reader)
        assert check_raw_text(reader, max_length=100) == 2


@pytest.mark.parametrize(
    "data,message",
    [
        (b'{"text": "one"}\n{"text": "tw', "line 2: is not valid JSON"),
        (
            b'{"text": "one"}\n\n{"txt": "two"}',
            'line 3: is no JSON object with a "text"',
        ),
        (b'{"text": "one"}\n["two"]', "line 2: is no JSON object"),
        (b'{"text": "one"}\n{"text": 2}', "line 2: is no JSON object"),
        (b'{"text": "caf\xe9"}', "line 1: is not UTF-8: byte 0xe9 at position 14"),
        (b'{"text": "' + b"x" * 101 + b'"}', "line 1: has 101 characters"),
        (b'{"text": " "}\n\n', "there is no text in"),
    ],
)
def test_bad_lines_are_named(data: bytes, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "raw.jsonl", data)
    with pytest.raises(ConfigValidationError, match=message) as error:
        check_raw_text(JsonlCorpus(path), max_length=100)
    assert str(path) in str(error.value)


def test_bad_lines_of_plain_text(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.txt", b"caf\xc3\xa9\ncaf\xe9\n")
    with pytest.raises(ConfigValidationError, match=r"raw.txt, line 2: is not UTF-8"):
        check_raw_text(PlainTextCorpus(path), max_length=100)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("raw.json", '[{"text": "one"}, {"text": "two"}]'),
        ("raw.json", '["one", "two"]'),
        (
            "raw.json",
            '{"version": 1, "data": [{"content": "one"}, {"content": "two"}]}',
        ),
        ("raw.jsonl", '{"content": "one", "id": 3}\n{"body": "two"}\n'),
        ("raw.jsonl", '{"sentence": "one"}\n{"message": "two", "text": null}\n'),
    ],
)
def test_other_keys_and_lists(name: str, content: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, content.encode())
    reader = open_raw(path)
    assert check_raw_text(reader, max_length=100) == 2
    assert [*read_texts(reader, spacy.blank("en"))] == ["one", "two"]


@pytest.mark.parametrize(
    "content", ["[1, 2]", '{"a": ["x"], "b": ["y"]}', "3", "[", "[]"]
)
def test_lists_that_are_no_texts(content: str, tmp_path: Path) -> None:
    path = write(tmp_path / "raw.json", content.encode())
    with pytest.raises(ConfigValidationError, match=r"raw\.json: "):
        check_raw_text(open_raw(path), max_length=100)


def test_directories_of_text_files(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", b"one\n")
    write(tmp_path / "b.txt", b"two\n")
    reader = open_raw(tmp_path)
    assert [*read_texts(reader, spacy.blank("en"))] == ["one", "two"]


def test_missing_paths_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="no file or directory"):
        check_path("gold", Corpus(tmp_path / "none.spacy"))
    with pytest.raises(ConfigValidationError, match=r"holds no .jsonl file"):
        check_path("raw", JsonlCorpus(tmp_path))


def test_long_texts_are_split_where_they_have_borders(tmp_path: Path) -> None:
    paragraphs = ["One two. Three four five six seven.\n", "\n", "Eight\nnine ten. "]
    (tmp_path / "raw.jsonl").write_text(json.dumps({"text": "".join(paragraphs)}))
    nlp = spacy.blank("en")

    def read(max_length: int) -> List[str]:
        reader = JsonlCorpus(tmp_path / "raw.jsonl", max_length=max_length)
        return [*read_texts(reader, nlp, is_split=True)]

    whole = "".join(paragraphs)
    assert read(0) == [whole]
    assert read(20) == [whole.strip()]
    assert read(10) == [paragraphs[0].strip(), paragraphs[2].strip()]
    assert read(6) == ["One two.", "Three four five six seven.", "Eight\nnine ten."]
    assert read(3) == [
        *("One two.", "Three four five", "six seven."),
        *("Eight", "nine ten."),
    ]
    assert " ".join(read(1)).split() == [
        "One",
        "Three",
        "four",
        "five",
        "six",
        "Eight",
        "nine",
    ]


def test_a_text_without_any_border_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text(json.dumps({"text": "我们昨天在北京见面" * 30}))
    reader = JsonlCorpus(tmp_path / "raw.jsonl", max_length=9)
    assert [*read_texts(reader, spacy.blank("zh"), is_split=True)] == []


def test_texts_that_will_be_split_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "raw.txt", b"one two\n" + b"word " * 20_000 + b"\nthree\n")
    check(PlainTextCorpus(path, max_length=500), "en")
    assert "1 raw texts are longer than max_length, 500 words" in caplog.text
    assert "raw.txt, line 2" in caplog.text
    caplog.clear()
    check(PlainTextCorpus(path), "en")
    check(PlainTextCorpus(path, max_length=20_001), "en")
    assert not caplog.text


def test_words_are_what_the_tokenizer_makes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "我们昨天在北京见面。" * 3
    path = write(tmp_path / "raw.txt", text.encode("utf8"))
    check(PlainTextCorpus(path, max_length=30), "zh")
    assert not caplog.text
    reader = PlainTextCorpus(path, max_length=29)
    check(reader, "zh")
    assert "1 raw texts are longer than max_length, 29 words" in caplog.text
    assert len([*read_texts(reader, spacy.blank("zh"), is_split=True)]) == 2
    assert not [*read_texts(reader, spacy.blank("zh"))]


def check(reader: Any, lang: str) -> None:
    nlp = spacy.blank(lang)
    check_raw_text(reader, max_length=10**6, count_words=lambda t: len(nlp.make_doc(t)))
