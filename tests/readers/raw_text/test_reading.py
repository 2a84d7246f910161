"""Raw text for all that needs it."""

import json
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.training import Corpus
from spacy.training.corpus import JsonlCorpus, PlainTextCorpus
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.raw_text.corpus import RawCorpus
from spacy_rehearsal.readers.raw_text.reading import (
    N_CHECKED,
    as_raw_corpus,
    check_path,
    check_raw_text,
    read_texts,
)


def read(reader: Any, lang: str = "en") -> List[str]:
    return [*read_texts(as_raw_corpus(reader), spacy.blank(lang))]


def check(reader: Any, lang: str = "en") -> Any:
    nlp = spacy.blank(lang)
    reader = as_raw_corpus(reader)
    return check_raw_text(reader, count_words=lambda text: len(nlp.make_doc(text)))


def test_spacys_readers_read_as_they_did(tmp_path: Path) -> None:
    data = '{"text": "one", "meta": 1}\n\n{"text": ""}\n{"content": "café"}'
    (tmp_path / "raw.jsonl").write_text(data, encoding="utf8")
    (tmp_path / "raw.txt").write_bytes(b"one\r\n\r\ntwo\n")
    (tmp_path / "lines").write_text('{"text": "any name"}')
    (tmp_path / "list.json").write_text('["three"]')
    for reader, texts in [
        (JsonlCorpus(tmp_path / "raw.jsonl"), ["one", "café"]),
        (JsonlCorpus(tmp_path), ["one", "café"]),
        (JsonlCorpus(tmp_path / "lines"), ["any name"]),
        (JsonlCorpus(tmp_path / "list.json"), ["three"]),
        (PlainTextCorpus(tmp_path), ["one", "two"]),
        (PlainTextCorpus(tmp_path / "raw.txt", min_length=2), []),
    ]:
        check_path("raw", as_raw_corpus(reader))
        assert check(reader).n_texts
        assert read(reader) == texts


def test_missing_paths_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="no file or directory"):
        check_path("gold", Corpus(tmp_path / "none.spacy"))
    with pytest.raises(ConfigValidationError, match=r"holds no .jsonl file"):
        check_path("raw", as_raw_corpus(JsonlCorpus(tmp_path)))


def test_the_beginning_is_checked_and_the_rest_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "raw.txt"
    path.write_bytes(b"fine\n" * N_CHECKED + b"caf\xe9\nfine\n")
    texts = check(RawCorpus(path))
    assert str(texts) == "the first 1000 raw texts"
    with pytest.raises(ConfigValidationError, match=r"raw.txt, line 1001: is no"):
        read(RawCorpus(path))
    assert len(read(RawCorpus(path, on_error="skip"))) == N_CHECKED + 1
    path.write_bytes(b"fine\n" * 10 + b"caf\xe9\n")
    with pytest.raises(ConfigValidationError, match="line 11"):
        check(RawCorpus(path))


def test_all_files_are_opened_before_work_starts(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "fine"}\n' * N_CHECKED * 2)
    (tmp_path / "b.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(ConfigValidationError, match=r"b\.jsonl\.gz is damaged"):
        check(RawCorpus(tmp_path))
    assert check(RawCorpus(tmp_path, on_error="skip")).n_texts == N_CHECKED


def test_little_of_long_texts_is_checked(tmp_path: Path) -> None:
    text = "We went to the harbour.\n" * 100_000
    with (tmp_path / "raw.jsonl").open("w") as file_:
        for _ in range(8):
            file_.write(json.dumps({"text": text}) + "\n")
    assert check_raw_text(RawCorpus(tmp_path / "raw.jsonl")).n_texts == 5  # type: ignore[union-attr]


def test_long_texts_are_split_where_they_have_borders(tmp_path: Path) -> None:
    paragraphs = ["One two. Three four five six seven.\n", "\n", "Eight\nnine ten. "]
    (tmp_path / "raw.jsonl").write_text(json.dumps({"text": "".join(paragraphs)}))

    def split(max_length: int) -> List[str]:
        return read(JsonlCorpus(tmp_path / "raw.jsonl", max_length=max_length))

    whole = "".join(paragraphs)
    assert split(0) == [whole]
    assert split(20) == [whole.strip()]
    assert split(10) == [paragraphs[0].strip(), paragraphs[2].strip()]
    assert split(6) == ["One two.", "Three four five six seven.", "Eight\nnine ten."]
    assert split(3) == [
        *("One two.", "Three four five", "six seven."),
        *("Eight", "nine ten."),
    ]
    assert " ".join(split(1)).split() == [
        *("One", "Three", "four", "five", "six"),
        *("Eight", "nine"),
    ]


def test_a_text_without_any_border_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text(json.dumps({"text": "我们昨天在北京见面" * 30}))
    assert read(RawCorpus(tmp_path / "raw.jsonl", max_length=9), "zh") == []


def test_texts_that_will_be_split_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "raw.txt"
    path.write_bytes(b"one two\n" + b"word " * 19_000 + b"\nthree\n")
    check(PlainTextCorpus(path, max_length=500))
    assert (
        "1 of the 3 raw texts are longer than max_length, 500 words, and split"
        in caplog.text
    )
    assert "raw.txt, line 2" in caplog.text
    caplog.clear()
    check(PlainTextCorpus(path))
    check(PlainTextCorpus(path, max_length=19_001))
    assert not caplog.text


def test_words_are_what_the_tokenizer_makes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "raw.txt"
    path.write_text("我们昨天在北京见面。" * 3, encoding="utf8")
    check(PlainTextCorpus(path, max_length=30), "zh")
    assert not caplog.text
    reader = PlainTextCorpus(path, max_length=29)
    check(reader, "zh")
    assert "longer than max_length, 29 words" in caplog.text
    assert len(read(reader, "zh")) == 2


def test_millions_of_spaces_are_no_error(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_text(json.dumps({"text": "We" + " " * 2_000_000 + "left."}))
    assert read(RawCorpus(path)) == ["We", "left."]


@pytest.mark.parametrize("max_length", [0, 200_000])
def test_millions_of_characters_are_no_error(max_length: int, tmp_path: Path) -> None:
    sentence = "The ferry left the harbour before the fog had lifted.\n"
    path = tmp_path / "raw.jsonl"
    path.write_text(json.dumps({"text": sentence * 50_000}) + '\n{"text": "End."}')
    texts = read(RawCorpus(path, max_length=max_length))
    assert max(map(len, texts)) <= 100_000
    assert len(texts) < 40
    assert "\n".join(texts) == (sentence * 50_000) + "End."


def test_wrapped_lines_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("We left before noon.\nlol no\nA bus meets the ferry!\n")
    check(PlainTextCorpus(path))
    assert not caplog.text
    path.write_text(
        "The ferry left the harbour before\nthe fog had lifted from the old town\n"
        "of Ostfeld and nobody saw it go.\n"
    )
    check(RawCorpus(path, text_per="paragraph"))
    assert not caplog.text
    check(PlainTextCorpus(path))
    assert "a.txt looks as if its lines were wrapped" in caplog.text
    assert 'spacy-rehearsal.RawCorpus.v1 with text_per = "paragraph"' in caplog.text
