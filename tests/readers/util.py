"""What the tests of several readers use."""

from pathlib import Path
from typing import Any, Iterable, List

import srsly
from spacy.language import Language
from spacy.training import Example

from spacy_rehearsal.readers.simple import create_simple_corpus
from spacy_rehearsal.readers.source import get_source

MISALIGNED = [
    ["The Bosch-owned plant", {"entities": [[4, 8, "ORG"], [16, 21, "FAC"]]}],
    ["No entity  here", {"entities": [[9, 11, "ORG"]]}],
]


def read_texts(websites: Path) -> List[str]:
    return [record["text"] for record in srsly.read_jsonl(websites / "raw.jsonl")]


def get_texts(examples: Iterable[Example], source: str) -> List[str]:
    return [eg.text for eg in examples if get_source(eg) == source]


def read(path: Path, nlp: Language, **settings: Any) -> List[Example]:
    return list(create_simple_corpus(path, **settings)(nlp))


def get_iobs(example: Example) -> str:
    return "".join(token.ent_iob_ or "?" for token in example.reference)
