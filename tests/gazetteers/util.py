from pathlib import Path
from typing import Any

from spacy.util import registry

from spacy_rehearsal.gazetteers.memory import Gazetteer


def resolve(path: Path, kind: str = "Jsonl", **settings: Any) -> Gazetteer:
    """Load a table as a config does."""
    block = {"@misc": f"spacy-rehearsal.{kind}Gazetteer.v1", "path": path, **settings}
    return registry.resolve({"table": block})["table"]


def save(table: Gazetteer, path: Path) -> Path:
    path.mkdir()
    table.to_disk(path)
    return path
