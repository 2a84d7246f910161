"""What every table of names can do."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Dict, Iterable, Iterator, List, Optional, Set

import srsly
from spacy.matcher.levenshtein import levenshtein_compare

from ..errors import config_error
from .entries import Entry
from .names import MIN_FUZZY_LENGTH, Folding, make_half_queries, trim_endings


class BaseGazetteer(ABC):
    """A table of names: a normalized name leads to the entries that bear it.

    ATTRIBUTES:
    kind (str): The name under which the class is registered, and of the directory
        that a table is saved in.
    folding (Folding): How names are compared.
    labels (Set[str]): The labels that the entries have.
    """

    kind: ClassVar[str] = ""
    folding: Folding
    labels: Set[str]

    @abstractmethod
    def __len__(self) -> int:
        """The number of entries."""

    @abstractmethod
    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the entries, in the order they were added."""

    @abstractmethod
    def _find(self, key: str) -> List[Entry]:
        """Get the entries with a normalized name."""

    @abstractmethod
    def _find_halves(self, keys: List[str]) -> Iterable[str]:
        """Get the normalized names that are filed under any of the half keys."""

    @abstractmethod
    def to_bytes(self) -> bytes:
        """Serialize the gazetteer."""

    @classmethod
    @abstractmethod
    def from_bytes(cls, data: bytes) -> "BaseGazetteer":
        """Load what `to_bytes` gave."""

    @abstractmethod
    def to_disk(self, path: Path) -> None:
        """Save the gazetteer in a directory."""

    @classmethod
    @abstractmethod
    def from_disk(cls, path: Path) -> "BaseGazetteer":
        """Load what `to_disk` saved."""

    def find(self, name: str) -> List[Entry]:
        """Look up a name or alias: as it is, then without its ending, then with one
        edit, as far as the table is set to. A misspelling of several names is none.

        name (str): The name, e.g. the text of an entity.
        RETURNS (List[Dict[str, Any]]): The entries, the one that was added first in
            front; empty if there are none.
        """
        key = self.folding.normalize(name)
        entries = self._find(key)
        if entries:
            return entries
        if self.folding.trim:
            for shorter in trim_endings(key):
                entries = self._find(shorter)
                if entries:
                    return entries
        if self.folding.fuzzy and len(key) >= MIN_FUZZY_LENGTH:
            return self._find_similar(key)
        return []

    def _find_similar(self, key: str) -> List[Entry]:
        """Find the entries with a normalized name at edit distance 1, if they are
        the same for all such names."""
        found: List[Entry] = []
        for similar in set(self._find_halves(make_half_queries(key))):
            if levenshtein_compare(key, similar, 1):
                entries = self._find(similar)
                if found and entries != found:
                    return []
                found = entries
        return found

    def get(self, name: str) -> Optional[Entry]:
        """Look up the first entry with a name or alias.

        name (str): The name, e.g. the text of an entity.
        RETURNS (Optional[Dict[str, Any]]): The entry that was added first, or None.
        """
        entries = self.find(name)
        return entries[0] if entries else None


def read_cfg(path: Path, keys: Iterable[str]) -> Dict[str, Any]:
    """Read the settings that a gazetteer was saved with.

    path (Path): The JSON file.
    keys (Iterable[str]): The settings that it must have.
    RETURNS (Dict[str, Any]): The settings.
    RAISES (ConfigValidationError): If the file is missing or damaged.
    """
    if not path.is_file():
        raise config_error(["path"], f"there is no file '{path}'")
    try:
        cfg = srsly.read_json(path)
    except ValueError:
        cfg = None
    if not isinstance(cfg, dict) or set(cfg) != set(keys):
        msg = f"'{path}' is damaged, expected JSON with the keys {', '.join(keys)}"
        raise config_error(["path"], msg)
    return cfg
