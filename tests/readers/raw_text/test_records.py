"""The texts in JSON, and what is wrong with it."""

from pathlib import Path
from typing import List

import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.raw_text.corpus import RawCorpus


def read(path: Path, **settings: str) -> List[str]:
    return [*RawCorpus(path, **settings).read(len)]  # type: ignore[arg-type]


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
        ("raw.jsonl", '\ufeff{"text": "one"}\r\n\n{"text": ""}\n{"text": "two"}'),
    ],
)
def test_usual_keys_and_lists(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf8")
    assert read(tmp_path / name) == ["one", "two"]


def test_the_key_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_text('{"text": "short", "story": "one"}\n{"story": "two"}\n')
    assert read(path, text_key="story") == ["one", "two"]
    (tmp_path / "raw.json").write_text('{"x": [{"story": "one"}], "y": ["a"]}')
    with pytest.raises(ConfigValidationError, match="expected one list of texts"):
        read(tmp_path / "raw.json", text_key="story")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"text": "one"}\n{"text": "tw', "line 2: is not valid JSON"),
        (
            b'{"text": "one"}\n\n{"txt": "two", "n": 2, "id": "x"}',
            'line 3: is no JSON object with a "text": .* It has "txt", "id": name the '
            "one with the text with --text-key, or text_key",
        ),
        (b'{"text": "one"}\n["two"]', "line 2: is no JSON object"),
        (b'{"text": "one"}\n{"text": 2}', "line 2: is no JSON object"),
        (b'{"text": "one"}\n{"text": "\\ud83d"}', "line 2: .* half a surrogate pair"),
        (b'{"text": "one"}\n{"text": "caf\xe9"}', "line 2: is not UTF-8: byte 0xe9"),
        ('{"text": "one"}'.encode("utf-16"), "line 1: is not UTF-8: byte 0xff"),
    ],
)
def test_bad_lines_are_named_or_skipped(
    data: bytes, message: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_bytes(data)
    with pytest.raises(ConfigValidationError, match=message) as error:
        read(path)
    assert str(path) in str(error.value)
    path.write_bytes(data + b'\n{"text": "last"}\n')
    corpus = RawCorpus(path, on_error="skip")
    assert [*corpus.read(len)][-1] == "last"
    corpus.tell()
    corpus.tell()
    assert caplog.text.count("can't be read and are skipped") == 1
    assert "raw.jsonl, line " in caplog.text


@pytest.mark.parametrize(
    "content", ["[1, 2]", '{"a": ["x"], "b": ["y"]}', "3", "[", "[[]]", '[{"a": "b"}]']
)
def test_lists_that_are_no_texts(content: str, tmp_path: Path) -> None:
    (tmp_path / "raw.json").write_text(content)
    with pytest.raises(ConfigValidationError, match=r"raw\.json: "):
        read(tmp_path / "raw.json")


def test_a_record_of_a_list_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "raw.json"
    path.write_text('["one", {"texts": "two"}, 3, "four"]')
    with pytest.raises(ConfigValidationError, match=r'record 2: .* It has "texts"'):
        read(path)
    assert read(path, on_error="skip") == ["one", "four"]


def test_an_object_a_line_in_a_json_file(tmp_path: Path) -> None:
    (tmp_path / "raw.json").write_text('{"text": "one"}\n{"text": "two"}\n')
    with pytest.raises(ConfigValidationError, match=r"name it .jsonl"):
        read(tmp_path / "raw.json")
