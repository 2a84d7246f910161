"""Gold and raw text that several tests of readers use."""

from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Corpus
from spacy.training.corpus import JsonlCorpus

from tests.util import make_docs

ANNOTATED: List[Tuple[str, Dict[str, Any]]] = [
    ("Ann Lee sold it on Etsy in May", {"entities": [[19, 23, "WEBSITE"]]}),
    ("Nobody in Oslo reads the manual", {"entities": []}),
]


@pytest.fixture
def gold(tmp_path: Path) -> Corpus:
    DocBin(docs=make_docs(ANNOTATED)).to_disk(tmp_path / "gold.spacy")
    return Corpus(tmp_path / "gold.spacy")


@pytest.fixture
def raw(websites: Path) -> JsonlCorpus:
    return JsonlCorpus(websites / "raw.jsonl")


@pytest.fixture
def blank() -> Language:
    return spacy.blank("en")
