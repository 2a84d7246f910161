"""Configs for raw text, whatever it is kept in."""

import json
from pathlib import Path
from typing import Dict, Optional

import pytest
import spacy
import srsly
from spacy.util import load_config
from thinc.api import Config

from spacy_rehearsal.cli.init_config import init_config
from tests.util import BASE_MODEL, run_rehearsal

RAW_FILES = ("a.jsonl", "b.txt")


@pytest.mark.parametrize("file_name", RAW_FILES)
def test_a_directory_of_raw_text_is_read_whatever_its_files(
    file_name: str, sample: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    (raw / ".ipynb_checkpoints").mkdir(parents=True)
    for hidden in RAW_FILES:
        (raw / ".ipynb_checkpoints" / hidden).write_text("Old.")
    texts = [record["text"] for record in srsly.read_jsonl(sample / "raw.jsonl")]
    lines = [json.dumps({"text": text}) for text in texts]
    (raw / file_name).write_text("\n".join(lines if "jsonl" in file_name else texts))
    config_path = tmp_path / "ner.cfg"
    args = ("--train", sample / "train.spacy", "--dev", sample / "dev.spacy")
    run_rehearsal("init-config", BASE_MODEL, config_path, *args, "--raw", raw)
    corpora = load_config(config_path, interpolate=True)["corpora"]
    corpus = spacy.util.registry.resolve(corpora)["train"]
    found = {eg.text for eg in corpus(spacy.load(BASE_MODEL))}
    assert found & set(texts)
    assert "Old." not in found


def test_a_directory_of_raw_text_has_files_of_one_kind(tmp_path: Path) -> None:
    output, raw = tmp_path / "ner.cfg", tmp_path / "raw"
    raw.mkdir()
    (raw / ".a.jsonl").touch()
    for name, message in [
        (".b.txt", "holds no .jsonl, .txt, .json, .csv, .tsv or .parquet file"),
        ("a.jsonl", "holds .jsonl and .txt files"),
    ]:
        (raw / name).touch()
        if name == "a.jsonl":
            (raw / "b.txt").touch()
        args = ("init-config", BASE_MODEL, output, "--raw", raw)
        printed = " ".join(run_rehearsal(*args, status=1).output.split())
        assert message in printed
        assert not output.exists()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("raw.docx", "is no .jsonl, .txt, .json, .csv, .tsv or .parquet file"),
        ("none/*.txt", "no file is named like"),
        ("-", "Write it to a file"),
    ],
)
def test_raw_text_that_can_not_be_trained_on(raw: str, message: str) -> None:
    args = ("init-config", BASE_MODEL, "-", "--raw", raw)
    assert message in " ".join(run_rehearsal(*args, status=1).output.split())


def test_raw_text_that_is_to_come(tmp_path: Path) -> None:
    for raw in ("raw.txt", "raw.jsonl.gz", "raw.parquet", "raw"):
        paths: Dict[str, Optional[str]] = {"raw": str(tmp_path / raw)}
        text = init_config(BASE_MODEL, paths=paths)
        config = Config().from_str(text, interpolate=False)
        assert config["paths"]["raw"] == str(tmp_path / raw)
