from pathlib import Path

import pytest
from spacy.kb import InMemoryLookupKB
from spacy.vocab import Vocab
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.knowledge_base import convert_knowledge_base
from spacy_rehearsal.gazetteers.memory import Gazetteer
from tests.gazetteers.util import resolve, save


def make_knowledge_base() -> InMemoryLookupKB:
    kb = InMemoryLookupKB(Vocab(), entity_vector_length=3)
    for entity in ("Q830149", "Q90"):
        kb.add_entity(entity, freq=1, entity_vector=[0, 0, 0])
    kb.add_alias("Paris", ["Q830149", "Q90"], [0.1, 0.9])
    kb.add_alias("City of Light", ["Q90"], [1.0])
    return kb


def test_knowledge_base(tmp_path: Path) -> None:
    kb = make_knowledge_base()
    kb.to_disk(tmp_path / "kb")
    read = resolve(tmp_path / "kb", "KnowledgeBase", fold_accents=True)
    saved = Gazetteer.from_disk(save(read, tmp_path / "table"))
    for table in (convert_knowledge_base(kb), read, saved):
        assert len(table) == 2
        assert [entry["id"] for entry in table.find("paris")] == ["Q90", "Q830149"]
        assert table.find("city of light")[0]["id"] == "Q90"
    assert read.folding.fold_accents


def test_no_knowledge_base(tmp_path: Path) -> None:
    with pytest.raises(ConfigValidationError, match="no directory that kb"):
        resolve(tmp_path / "kb", "KnowledgeBase")
    (tmp_path / "contents").write_bytes(b"123")
    with pytest.raises(ConfigValidationError, match="no directory that kb"):
        resolve(tmp_path, "KnowledgeBase")
