"""What the tests of several readers use."""

from pathlib import Path
from typing import Iterable, List

import srsly
from spacy.training import Example

from spacy_rehearsal.readers.source import get_source


def read_texts(websites: Path) -> List[str]:
    return [record["text"] for record in srsly.read_jsonl(websites / "raw.jsonl")]


def get_texts(examples: Iterable[Example], source: str) -> List[str]:
    return [eg.text for eg in examples if get_source(eg) == source]
