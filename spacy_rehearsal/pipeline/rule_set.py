"""Decide what the rules make of an entity."""

from typing import (
    Any,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from ..gazetteers.base import BaseGazetteer
from .label_graph import check_acyclic, find_edges, find_table
from .matching import PatternIndex
from .requirements import describe_need, find_needs
from .rules import PATTERN_KEYS, Rule
from .scene import Scene

# what an entity has for an id if no entity linker has found one
UNLINKED = ("", "NIL")


class Result(NamedTuple):
    """A label that an entity has or gets, and its id in a knowledge base."""

    label: str
    kb_id: str


class Decision(NamedTuple):
    """What the rules make of an entity.

    steps (List[Tuple[Optional[Rule], Result]]): The entity as it was, with no rule,
        and what each rule made of it.
    spans (List[Tuple[Rule, Result]]): The spans to add.
    """

    steps: List[Tuple[Optional[Rule], Result]]
    spans: List[Tuple[Rule, Result]]


class RuleSet:
    """Rules and gazetteers, indexed so that an entity meets only the rules that can
    hold for it.

    rules (Sequence[Rule]): The rules, the first ones prevail.
    gazetteers (Mapping[str, BaseGazetteer]): The tables by name.
    vocab (Vocab): The vocab.
    RAISES (ConfigValidationError): If a table is missing or the rules map in a
        circle.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        gazetteers: Mapping[str, BaseGazetteer],
        vocab: Vocab,
    ) -> None:
        for rule in rules:
            find_table(rule, gazetteers)
        self.edges = find_edges(rules, gazetteers)
        check_acyclic(self.edges)
        self.rules = rules
        self.gazetteers = gazetteers
        self.labels = {label for rule in rules for label in rule.labels}
        self.needs = find_needs(rules)
        self.spans_keys = {rule.spans_key for rule in rules if rule.spans_key}
        self.patterns = PatternIndex(vocab)
        self.gates: Dict[int, int] = {}
        self._by_table: Dict[Tuple[str, Optional[str]], List[int]] = {}
        self._by_kb_id: Dict[Tuple[str, str], List[int]] = {}
        self._tables: Dict[str, List[Optional[str]]] = {}
        for i, rule in enumerate(rules):
            for key in PATTERN_KEYS:
                self.patterns.add(make_key(i, key), getattr(rule, key), rule.labels)
            self._file(i, rule)

    def _file(self, i: int, rule: Rule) -> None:
        """File a rule under the condition that most entities fail."""
        if rule.entity or rule.context:
            self.gates[make_key(i, get_gate(rule))] = i
            return
        for label in rule.labels:
            if rule.kb_ids and rule.gazetteer is None:
                for kb_id in rule.kb_ids:
                    self._by_kb_id.setdefault((label, kb_id), []).append(i)
                continue
            tables = self._tables.setdefault(label, [])
            if rule.gazetteer not in tables:
                tables.append(rule.gazetteer)
            self._by_table.setdefault((label, rule.gazetteer), []).append(i)

    def find_reachable(self, labels: Set[str]) -> Set[str]:
        """Find the labels that entities have, or can get along the way."""
        reached: Set[str] = set()
        while labels:
            reached |= labels
            labels = {
                result
                for label in labels
                for result in self.edges.get(label, ())
                if result not in reached
            }
        return reached

    def decide(self, doc: Doc, ents: Sequence[Span]) -> Iterator[Tuple[Span, Decision]]:
        """Decide what becomes of a doc's entities.

        doc (Doc): The doc.
        ents (Sequence[Span]): Its entities.
        YIELDS (Tuple[Span, Decision]): The entities that rules are for.
        RAISES (ValueError): If the doc lacks an annotation that a rule looks at.
        """
        if any(ent.label_ in self.labels for ent in ents):
            scene = self._open(doc, ents)
            for i, ent in enumerate(ents):
                if ent.label_ in self.labels:
                    yield ent, self._decide(scene, i, ent)

    def explain(self, doc: Doc, ents: Sequence[Span]) -> Iterator[Dict[str, Any]]:
        """Say of each entity which condition each rule fails at; see
        `LabelMapper.explain`."""
        if not ents:
            return
        scene = self._open(doc, ents)
        for i, ent in enumerate(ents):
            decision = self._decide(scene, i, ent)
            rule, result = decision.steps[-1]
            yield {
                "text": ent.text,
                "start": ent.start,
                "end": ent.end,
                "generic_label": ent.label_,
                "label": result.label,
                "mapped_by": rule.id if rule else None,
                "rules": [
                    {"id": rule.id, "failed": self._explain(j, scene, i, decision)}
                    for j, rule in enumerate(self.rules)
                ],
            }

    def _open(self, doc: Doc, ents: Sequence[Span]) -> Scene:
        """Look at a doc, and at which entities rules with patterns can hold.

        RAISES (ValueError): If the doc lacks an annotation that a rule looks at.
        """
        for need, rule_id in self.needs.items():
            if not doc.has_annotation(need):
                raise ValueError(describe_need(need, rule_id))
        matches = {}
        if self.patterns:
            labels = self.find_reachable({ent.label_ for ent in ents})
            matches = self.patterns(doc, ents, labels)
        scene = Scene(doc, ents, self.gazetteers, matches)
        for key in self.gates.keys() & matches:
            number = self.gates[key]
            rule = self.rules[number]
            scene.open_gate(key, number, 0 if rule.entity else rule.window)
        return scene

    def _explain(
        self, number: int, scene: Scene, i: int, decision: Decision
    ) -> Optional[str]:
        for _, before in decision.steps:
            if before.label in self.rules[number].labels:
                return self._check(number, scene, i, before)[0]
        return "label"

    def _decide(self, scene: Scene, i: int, ent: Span) -> Decision:
        steps: List[Tuple[Optional[Rule], Result]] = []
        spans: Dict[str, Tuple[Rule, Result]] = {}
        step: Optional[Tuple[Optional[Rule], Result]]
        step = None, Result(ent.label_, ent.kb_id_)
        while step is not None:
            steps.append(step)
            step = self._take_step(scene, i, step[1], spans)
        return Decision(steps, list(spans.values()))

    def _take_step(
        self,
        scene: Scene,
        i: int,
        current: Result,
        spans: Dict[str, Tuple[Rule, Result]],
    ) -> Optional[Tuple[Rule, Result]]:
        """Find the first rule that gives an entity another label, and the first ones
        that add spans before it."""
        for number in self._find_candidates(scene, i, current):
            rule = self.rules[number]
            if rule.spans_key in spans:
                continue
            _, result = self._check(number, scene, i, current)
            if result is None:
                continue
            if rule.spans_key is None:
                return rule, result
            spans[rule.spans_key] = rule, result
        return None

    def _find_candidates(self, scene: Scene, i: int, current: Result) -> List[int]:
        """Find the rules that can hold for an entity, in order of priority."""
        label, kb_id = current
        numbers = [
            number
            for number in scene.gated.get(i, ())
            if label in self.rules[number].labels
        ]
        if kb_id:
            numbers += self._by_kb_id.get((label, kb_id), ())
        for table in self._tables.get(label, ()):
            if table is None or scene.find(table, i):
                numbers += self._by_table[label, table]
        return sorted(numbers)

    def _check(
        self, number: int, scene: Scene, i: int, current: Result
    ) -> Tuple[Optional[str], Optional[Result]]:
        """Check the conditions of a rule for an entity that has a label of it.

        RETURNS (Tuple[Optional[str], Optional[Result]]): The key of the condition
            that failed, and None; or None, and what the rule makes of the entity.
        """
        rule = self.rules[number]
        ent = scene.ents[i]
        key = make_key(number, "entity")
        if rule.entity and not scene.has_match(key, ent, ent.start, ent.end):
            return "entity", None
        failed, result = self._look_up(rule, scene, i, current)
        if failed is None:
            failed = self._check_context(number, scene, ent)
        return failed, None if failed else result

    def _look_up(
        self, rule: Rule, scene: Scene, i: int, current: Result
    ) -> Tuple[Optional[str], Optional[Result]]:
        """Check the conditions on a rule's gazetteer and on the id; see `_check`."""
        kb_id = current.kb_id
        if rule.gazetteer is None:
            if rule.kb_ids and kb_id not in rule.kb_ids:
                return "kb_id", None
            return None, Result(rule.to or current.label, kb_id)
        entries = scene.find(rule.gazetteer, i)
        if not entries:
            return "gazetteer", None
        if kb_id not in UNLINKED:  # an entity linker knows better than a name
            entries = [e for e in entries if e.get("id", kb_id) == kb_id]
        if rule.kb_ids:
            entries = [e for e in entries if e.get("id", kb_id) in rule.kb_ids]
        if not entries:
            return "kb_id", None
        if rule.to is None:
            entries = [entry for entry in entries if "label" in entry]
        linked = (entry for entry in entries if entry.get("id") == kb_id)
        entry = next(linked, entries[0] if entries else {})
        label = rule.to or entry.get("label", current.label)
        if label == current.label:
            return "to", None
        return None, Result(label, entry.get("id", kb_id))

    def _check_context(self, number: int, scene: Scene, ent: Span) -> Optional[str]:
        """Get the key of the condition on the entity's context that fails."""
        rule = self.rules[number]
        if not rule.context and not rule.unless:
            return None
        start, end = scene.get_window(ent, rule.window)
        context = make_key(number, "context")
        if rule.context and not scene.has_match(context, ent, start, end):
            return "context"
        if rule.min_count > 1 and scene.count_places(context) < rule.min_count:
            return "min_count"
        if rule.unless and scene.has_match(make_key(number, "unless"), ent, start, end):
            return "unless"
        return None


def make_key(number: int, key: str) -> int:
    """Make the key of the matches of one of a rule's conditions."""
    return number * len(PATTERN_KEYS) + PATTERN_KEYS.index(key) + 1


def get_gate(rule: Rule) -> str:
    """Get the condition that a rule with patterns is filed under."""
    return "entity" if rule.entity else "context"
