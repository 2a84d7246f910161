"""The rules and gazetteers of label_mapper: held, checked, saved and loaded."""

import copy
import re
from pathlib import Path
from types import MappingProxyType
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

import srsly
from spacy import util
from spacy.kb import InMemoryLookupKB
from spacy.vocab import Vocab

from ..binaries import check_msgpack
from ..errors import config_error, explain_damage
from ..gazetteers.base import BaseGazetteer
from ..gazetteers.entries import Entry
from ..gazetteers.knowledge_base import convert_knowledge_base
from ..gazetteers.memory import Gazetteer
from ..gazetteers.registry import (
    tables_from_bytes,
    tables_from_disk,
    tables_to_bytes,
    tables_to_disk,
)
from .checksums import verify_checksums, write_checksums
from .rule_set import RuleSet
from .rules import Rule, parse_rules, read_rules

Table = Union[BaseGazetteer, InMemoryLookupKB, Sequence[Union[str, Entry]]]


class RuleBook:
    """Rules and the gazetteers that they name.

    Rules are kept as the dicts that were added, which are what is saved, and parsed.
    They become a `RuleSet` when they are used: rules and gazetteers may be added in
    any order.

    vocab (Vocab): The vocab of the pipeline.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._rules: List[Dict[str, Any]] = []
        self._parsed: List[Rule] = []
        self._gazetteers: Dict[str, BaseGazetteer] = {}
        self._compiled: Optional[RuleSet] = None

    def __getstate__(self) -> Dict[str, Any]:
        return {**vars(self), "_compiled": None}

    @property
    def rules(self) -> List[Dict[str, Any]]:
        """Copies of all rules, as the dicts that were added."""
        return copy.deepcopy(self._rules)

    @property
    def gazetteers(self) -> Mapping[str, BaseGazetteer]:
        """The gazetteers by name, to read only."""
        return MappingProxyType(self._gazetteers)

    @property
    def labels(self) -> Tuple[str, ...]:
        """The specific labels that the rules can give."""
        labels = set()
        for rule in self._parsed:
            if rule.to:
                labels.add(rule.to)
            elif rule.gazetteer in self._gazetteers:
                labels |= self._gazetteers[rule.gazetteer].labels
        return tuple(sorted(labels))

    @property
    def rule_set(self) -> RuleSet:
        """The rules and gazetteers, ready for use.

        RAISES (ConfigValidationError): If they don't fit together.
        """
        if self._compiled is None:
            self._compiled = RuleSet(self._parsed, self._gazetteers, self.vocab)
        return self._compiled

    def add_rules(self, rules: Iterable[Dict[str, Any]]) -> None:
        """Add rules behind those that are there.

        rules (Iterable[Dict[str, Any]]): The rules; see `rules.parse_rules`.
        RAISES (ConfigValidationError): If a rule is not valid. None is added then.
        """
        rules = copy.deepcopy(list(rules))
        self._parsed = parse_rules(rules, self.vocab, before=self._parsed)
        self._rules = [*self._rules, *rules]
        self._compiled = None

    def set_rules(self, rules: Iterable[Dict[str, Any]]) -> None:
        """Add rules in place of those that are there; see `add_rules`."""
        self._rules = []
        self._parsed = []
        self.add_rules(rules)

    def add_gazetteer(self, name: str, table: Table) -> None:
        """Add a gazetteer, or replace the one of that name.

        name (str): The name that rules use. It becomes a directory's name when the
            book is saved.
        table (Union[BaseGazetteer, InMemoryLookupKB, Sequence]): A gazetteer, a
            knowledge base, or a list of names or entries.
        RAISES (ConfigValidationError): If the name or an entry is not valid.
        """
        if not re.fullmatch(r"\w[\w.-]*", name):
            raise config_error(
                ["gazetteers", name],
                "the name may have letters, digits, '_', '-' and '.', and starts with "
                "a letter or digit",
            )
        try:
            self._gazetteers[name] = make_gazetteer(table)
        except ValueError as err:
            raise config_error(["gazetteers", name], str(err)) from None
        self._compiled = None

    def set_gazetteers(self, gazetteers: Mapping[str, Table]) -> None:
        """Add gazetteers in place of those that are there; see `add_gazetteer`."""
        self._gazetteers = {}
        for name, table in gazetteers.items():
            self.add_gazetteer(name, table)

    def to_bytes(self, *, exclude: Iterable[str] = util.SimpleFrozenList()) -> bytes:
        """Serialize the rules and gazetteers.

        exclude (Iterable[str]): Names of parts to leave out: "rules", "gazetteers".
        RETURNS (bytes): The serialized book.
        """
        serializers = {
            "rules": lambda: srsly.json_dumps(self._rules),
            "gazetteers": lambda: tables_to_bytes(self._gazetteers),
        }
        return util.to_bytes(serializers, exclude)

    def from_bytes(
        self, bytes_data: bytes, *, exclude: Iterable[str] = util.SimpleFrozenList()
    ) -> None:
        """Load the rules and gazetteers, in place of those that are there.

        bytes_data (bytes): What `to_bytes` gave.
        exclude (Iterable[str]): Names of parts to leave out.
        RAISES (ConfigValidationError): If a rule or table is not valid.
        """
        deserializers = {
            "rules": lambda data: self.set_rules(srsly.json_loads(data)),
            "gazetteers": lambda data: self.set_gazetteers(tables_from_bytes(data)),
        }
        with explain_damage(["label_mapper"], "what was serialized"):
            check_msgpack(bytes_data)
            util.from_bytes(bytes_data, deserializers, exclude)

    def to_disk(
        self,
        path: Union[str, Path],
        *,
        exclude: Iterable[str] = util.SimpleFrozenList(),
    ) -> None:
        """Save the rules as JSONL, and each gazetteer in a directory of its own.

        path (Union[str, Path]): The directory.
        exclude (Iterable[str]): Names of parts to leave out: "rules.jsonl",
            "gazetteers".
        """
        serializers = {
            "rules.jsonl": lambda p: srsly.write_jsonl(p, self._rules),
            "gazetteers": lambda p: tables_to_disk(self._gazetteers, p),
        }
        util.to_disk(path, serializers, exclude)
        write_checksums(Path(path), get_parts(serializers, exclude))

    def from_disk(
        self,
        path: Union[str, Path],
        *,
        exclude: Iterable[str] = util.SimpleFrozenList(),
    ) -> None:
        """Load the rules and gazetteers, in place of those that are there.

        path (Union[str, Path]): The directory.
        exclude (Iterable[str]): Names of parts to leave out.
        RAISES (ConfigValidationError): If a rule or table is not valid, or a file is
            not what was saved.
        """
        deserializers = {
            "rules.jsonl": lambda p: self.set_rules(read_rules(p)),
            "gazetteers": lambda p: self.set_gazetteers(tables_from_disk(p)),
        }
        verify_checksums(Path(path), get_parts(deserializers, exclude))
        util.from_disk(path, deserializers, exclude)


def get_parts(names: Iterable[str], exclude: Iterable[str]) -> List[str]:
    """Get the names of the parts that are not left out, as `util.to_disk` does."""
    return [name for name in names if name.split(".")[0] not in {*exclude}]


def make_gazetteer(table: Table) -> BaseGazetteer:
    """Make a gazetteer of what stands for one.

    table (Union[BaseGazetteer, InMemoryLookupKB, Sequence]): A gazetteer, a knowledge
        base, or a list of names or of dicts with `name` and optionally `aliases`,
        `id`, `label` and `attrs`.
    RETURNS (BaseGazetteer): The gazetteer.
    RAISES (ValueError): If it is none of these, or an entry is not valid.
    """
    if isinstance(table, BaseGazetteer):
        return table
    if isinstance(table, InMemoryLookupKB):
        return convert_knowledge_base(table)
    if isinstance(table, (str, dict)) or not isinstance(table, Iterable):
        raise ValueError(
            "expected a gazetteer, a knowledge base, or a list of names or entries, "
            f"found {table!r}"
        )
    return Gazetteer(table)
