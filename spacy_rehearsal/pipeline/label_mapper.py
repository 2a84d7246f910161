from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple, Union

import srsly
from spacy import util
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span
from spacy.training import Example

from ..errors import config_error
from .gazetteers import Entry, Gazetteer, create_jsonl_gazetteer
from .rules import Rule, parse_rules

Table = Iterable[Union[str, Entry]]
Matches = Dict[str, List[Tuple[int, int]]]


@Language.factory("label_mapper", assigns=["doc.ents"], requires=["doc.ents"])
def create_label_mapper(nlp: Language, name: str) -> "LabelMapper":
    """Create a component that maps generic entity labels to specific ones by rules.

    nlp (Language): The pipeline.
    name (str): The component's name.
    RETURNS (LabelMapper): The component, without rules.
    """
    return LabelMapper(nlp, name)


class LabelMapper(Pipe):
    """Map generic entity labels to specific ones by rules and gazetteers.

    The first rule that holds for an entity decides. The entity's generic label stays
    readable as `ent._.generic_label`, and the `id` of the gazetteer's entry becomes
    `ent.kb_id_`.

    nlp (Language): The pipeline.
    name (str): The component's name.
    """

    def __init__(self, nlp: Language, name: str = "label_mapper") -> None:
        self.vocab = nlp.vocab
        self.name = name
        self._rules: List[Dict[str, Any]] = []
        self.gazetteers: Dict[str, Gazetteer] = {}
        self._compile()
        if not Span.has_extension("generic_label"):
            Span.set_extension("generic_label", default=None)

    @property
    def rules(self) -> List[Dict[str, Any]]:
        """All rules, as the dicts that were added."""
        return self._rules

    @property
    def labels(self) -> Tuple[str, ...]:
        """The specific labels that the rules can give."""
        labels: Set[str] = set()
        for rule in self._compiled:
            if rule.to:
                labels.add(rule.to)
            elif rule.gazetteer in self.gazetteers:
                entries = self.gazetteers[rule.gazetteer]
                labels.update(e["label"] for e in entries if "label" in e)
        return tuple(sorted(labels))

    def add_rules(self, rules: Iterable[Dict[str, Any]]) -> None:
        """Add rules behind those that are there.

        rules (Iterable[Dict[str, Any]]): The rules; see `rules.parse_rules`.
        RAISES (ConfigValidationError): If a rule is not valid. None is added then.
        """
        rules = [*self._rules, *rules]
        parse_rules(rules, self.vocab)
        self._rules = rules
        self._compile()

    def add_gazetteer(self, name: str, table: Table) -> None:
        """Add a gazetteer, or replace the one of that name.

        name (str): The name that rules use.
        table (Iterable[Union[str, Dict[str, Any]]]): A Gazetteer, or a list of names
            or of dicts with `name` and optionally `aliases`, `id` and `label`.
        RAISES (ConfigValidationError): If an entry is not valid.
        """
        try:
            is_gazetteer = isinstance(table, Gazetteer)
            self.gazetteers[name] = table if is_gazetteer else Gazetteer(table)  # type: ignore[assignment]
        except ValueError as err:
            raise config_error(["gazetteers", name], str(err)) from None

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Optional[Language] = None,
        rules: Optional[Iterable[Dict[str, Any]]] = None,
        gazetteers: Optional[Dict[str, Table]] = None,
    ) -> None:
        """Set the rules and gazetteers, in place of those that are there.

        get_examples (Callable[[], Iterable[Example]]): Not used.
        nlp (Optional[Language]): The pipeline.
        rules (Optional[Iterable[Dict[str, Any]]]): The rules.
        gazetteers (Optional[Dict[str, Iterable]]): The tables by name.
        RAISES (ConfigValidationError): If a rule or table is not valid, or a rule
            names a table that is not there.
        """
        self._set_gazetteers(gazetteers or {})
        self._set_rules(rules or [])
        self._check_gazetteers()

    def __call__(self, doc: Doc) -> Doc:
        """Map the labels of a doc's entities.

        doc (Doc): The doc, with entities.
        RETURNS (Doc): The same doc.
        RAISES (ConfigValidationError): If a rule names a gazetteer that is not there.
        RAISES (ValueError): If a rule looks at the sentence, and no component before
            this one sets sentence boundaries.
        """
        self._check_gazetteers()
        matches: Optional[Matches] = None
        entities = []
        for ent in doc.ents:
            mapped = ent
            for rule in self._rules_by_label.get(ent.label_, []):
                entry = None
                if rule.gazetteer is not None:
                    entry = self.gazetteers[rule.gazetteer].get(ent.text)
                    if entry is None:
                        continue
                label = rule.to or (entry or {}).get("label")
                if label is None:
                    continue
                if rule.context or rule.unless:
                    if matches is None:
                        matches = self._match(doc)
                    if not holds_in_context(rule, ent, matches):
                        continue
                kb_id = (entry or {}).get("id", ent.kb_id_)
                mapped = Span(doc, ent.start, ent.end, label, kb_id=kb_id)
                break
            mapped._.generic_label = ent.label_
            entities.append(mapped)
        doc.set_ents(entities, default="unmodified")
        return doc

    def to_bytes(self, *, exclude: Iterable[str] = util.SimpleFrozenList()) -> bytes:
        """Serialize the rules and gazetteers.

        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (bytes): The serialized component.
        """
        serializers = {
            "rules": lambda: srsly.json_dumps(self._rules),
            "gazetteers": lambda: srsly.json_dumps(
                {name: list(table) for name, table in self.gazetteers.items()}
            ),
        }
        return util.to_bytes(serializers, exclude)

    def from_bytes(
        self, bytes_data: bytes, *, exclude: Iterable[str] = util.SimpleFrozenList()
    ) -> "LabelMapper":
        """Load the rules and gazetteers, in place of those that are there.

        bytes_data (bytes): What `to_bytes` gave.
        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (LabelMapper): The component.
        """
        deserializers = {
            "rules": lambda b: self._set_rules(srsly.json_loads(b)),
            "gazetteers": lambda b: self._set_gazetteers(srsly.json_loads(b)),
        }
        util.from_bytes(bytes_data, deserializers, exclude)
        return self

    def to_disk(
        self,
        path: Union[str, Path],
        *,
        exclude: Iterable[str] = util.SimpleFrozenList(),
    ) -> None:
        """Save the rules as JSONL, and each gazetteer as JSONL in a directory.

        path (Union[str, Path]): The directory.
        exclude (Iterable[str]): Names of parts to leave out.
        """
        serializers = {
            "rules.jsonl": lambda p: srsly.write_jsonl(p, self._rules),
            "gazetteers": self._write_gazetteers,
        }
        util.to_disk(path, serializers, exclude)

    def from_disk(
        self,
        path: Union[str, Path],
        *,
        exclude: Iterable[str] = util.SimpleFrozenList(),
    ) -> "LabelMapper":
        """Load the rules and gazetteers, in place of those that are there.

        path (Union[str, Path]): The directory.
        exclude (Iterable[str]): Names of parts to leave out.
        RETURNS (LabelMapper): The component.
        RAISES (ConfigValidationError): If a rule or table is not valid.
        """
        deserializers = {
            "rules.jsonl": lambda p: self._set_rules(srsly.read_jsonl(p)),
            "gazetteers": lambda p: self._set_gazetteers(
                {f.stem: create_jsonl_gazetteer(f) for f in sorted(p.glob("*.jsonl"))}
            ),
        }
        util.from_disk(path, deserializers, exclude)
        return self

    def _write_gazetteers(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        for file_ in path.glob("*.jsonl"):
            file_.unlink()
        for name, table in self.gazetteers.items():
            srsly.write_jsonl(path / f"{name}.jsonl", table)

    def _set_rules(self, rules: Iterable[Dict[str, Any]]) -> None:
        self._rules = []
        self._compile()
        self.add_rules(rules)

    def _set_gazetteers(self, gazetteers: Dict[str, Table]) -> None:
        self.gazetteers = {}
        for name, table in gazetteers.items():
            self.add_gazetteer(name, table)

    def _compile(self) -> None:
        self._compiled = parse_rules(self._rules, self.vocab)
        self._rules_by_label: Dict[str, List[Rule]] = {}
        self._matcher = Matcher(self.vocab)
        for rule in self._compiled:
            for label in rule.labels:
                self._rules_by_label.setdefault(label, []).append(rule)
            for key, patterns in (("context", rule.context), ("unless", rule.unless)):
                if patterns:
                    self._matcher.add(get_match_key(rule, key), patterns)

    def _match(self, doc: Doc) -> Matches:
        matches: Matches = {}
        for key, start, end in self._matcher(doc):
            matches.setdefault(self.vocab.strings[key], []).append((start, end))
        return matches

    def _check_gazetteers(self) -> None:
        for rule in self._compiled:
            if rule.gazetteer is not None and rule.gazetteer not in self.gazetteers:
                raise config_error(
                    ["rules", rule.id, "gazetteer"],
                    f"there is no gazetteer '{rule.gazetteer}', only: "
                    f"{', '.join(self.gazetteers) or 'none'}",
                )


def get_match_key(rule: Rule, kind: str) -> str:
    return f"{rule.id}/{kind}"


def holds_in_context(rule: Rule, ent: Span, matches: Matches) -> bool:
    """Tell whether the context of an entity is what a rule asks for.

    rule (Rule): The rule.
    ent (Span): The entity.
    matches (Dict[str, List[Tuple[int, int]]]): Where in the doc the patterns match.
    RETURNS (bool): Whether one of the context patterns, if there are any, and none
        of the exceptions matches inside the rule's window.
    """
    start, end = get_window(rule, ent)

    def is_matched(kind: str) -> bool:
        places = matches.get(get_match_key(rule, kind), [])
        return any(start <= s and e <= end for s, e in places)

    return (not rule.context or is_matched("context")) and not is_matched("unless")


def get_window(rule: Rule, ent: Span) -> Tuple[int, int]:
    """Get the token indices that a rule's window around an entity spans."""
    if rule.window == "doc":
        return 0, len(ent.doc)
    if rule.window == "sentence":
        if not ent.doc.has_annotation("SENT_START"):
            raise ValueError(
                f"Rule '{rule.id}' looks at the sentence, but no component before the "
                "label_mapper sets sentence boundaries. Add a parser, senter or "
                "sentencizer, or set the rule's window to 'doc' or a number of tokens."
            )
        first, last = ent[0].sent, ent[-1].sent
        return first.start, last.end
    assert isinstance(rule.window, int)
    return ent.start - rule.window, ent.end + rule.window
