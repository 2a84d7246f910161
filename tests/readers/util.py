"""What the tests of several readers use."""

from pathlib import Path

import srsly

from spacy_rehearsal.readers.source import get_source


def read_texts(websites: Path):
    return [record["text"] for record in srsly.read_jsonl(websites / "raw.jsonl")]


def get_texts(examples, source):
    return [eg.text for eg in examples if get_source(eg) == source]
