"""Decide what the rules make of an entity."""

from bisect import bisect_left, bisect_right
from typing import (
    Any,
    Dict,
    Iterable,
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
from .matching import Match, PatternIndex
from .rules import PATTERN_KEYS, Rule

COMPONENTS = {
    "LEMMA": "a lemmatizer",
    "POS": "a tagger and an attribute_ruler, or a morphologizer",
    "TAG": "a tagger",
    "MORPH": "a morphologizer",
    "DEP": "a parser",
}


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
        self.needs = {need: rule.id for rule in reversed(rules) for need in rule.needs}
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
            scene = Scene(self, doc, ents)
            for i, ent in enumerate(ents):
                if ent.label_ in self.labels:
                    yield ent, self._decide(scene, i, ent)

    def explain(self, doc: Doc, ents: Sequence[Span]) -> Iterator[Dict[str, Any]]:
        """Say of each entity which condition each rule fails at; see
        `LabelMapper.explain`."""
        if not ents:
            return
        scene = Scene(self, doc, ents)
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

    def _explain(
        self, number: int, scene: "Scene", i: int, decision: Decision
    ) -> Optional[str]:
        for _, before in decision.steps:
            if before.label in self.rules[number].labels:
                return self._check(number, scene, i, before)[0]
        return "label"

    def _decide(self, scene: "Scene", i: int, ent: Span) -> Decision:
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
        scene: "Scene",
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

    def _find_candidates(self, scene: "Scene", i: int, current: Result) -> List[int]:
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
        self, number: int, scene: "Scene", i: int, current: Result
    ) -> Tuple[Optional[str], Optional[Result]]:
        """Check the conditions of a rule for an entity that has a label of it.

        RETURNS (Tuple[Optional[str], Optional[Result]]): The key of the condition
            that failed, and None; or None, and what the rule makes of the entity.
        """
        rule = self.rules[number]
        ent = scene.ents[i]
        if rule.entity and not scene.count(number, "entity", ent, ent.start, ent.end):
            return "entity", None
        failed, result = self._look_up(rule, scene, i, current)
        if failed is None:
            failed = self._check_context(number, scene, ent)
        return failed, None if failed else result

    def _look_up(
        self, rule: Rule, scene: "Scene", i: int, current: Result
    ) -> Tuple[Optional[str], Optional[Result]]:
        """Check the conditions on a rule's gazetteer and on the id; see `_check`."""
        kb_id = current.kb_id
        if rule.gazetteer is None:
            if rule.kb_ids and kb_id not in rule.kb_ids:
                return "kb_id", None
            assert rule.to is not None
            return None, Result(rule.to, kb_id)
        entries = scene.find(rule.gazetteer, i)
        if not entries:
            return "gazetteer", None
        if rule.kb_ids:
            entries = [e for e in entries if e.get("id", kb_id) in rule.kb_ids]
            if not entries:
                return "kb_id", None
        if rule.to is None:
            entries = [entry for entry in entries if "label" in entry]
        # what an entity linker has decided prevails among homonyms
        linked = (entry for entry in entries if entry.get("id") == kb_id)
        entry = next(linked, entries[0] if entries else {})
        label = rule.to or entry.get("label", current.label)
        if label == current.label:
            return "to", None
        return None, Result(label, entry.get("id", kb_id))

    def _check_context(self, number: int, scene: "Scene", ent: Span) -> Optional[str]:
        """Get the key of the condition on the entity's context that fails."""
        rule = self.rules[number]
        if not rule.context and not rule.unless:
            return None
        start, end = scene.get_window(rule, ent)
        if rule.context and not scene.count(number, "context", ent, start, end):
            return "context"
        is_counted = rule.min_count > 1
        if is_counted and scene.count_places(number, "context") < rule.min_count:
            return "min_count"
        if rule.unless and scene.count(number, "unless", ent, start, end):
            return "unless"
        return None


class Scene:
    """What there is to know about a doc while its entities are decided on.

    rule_set (RuleSet): The rules.
    doc (Doc): The doc.
    ents (Sequence[Span]): Its entities.
    RAISES (ValueError): If the doc lacks an annotation that a rule looks at.
    """

    def __init__(self, rule_set: RuleSet, doc: Doc, ents: Sequence[Span]) -> None:
        self.doc = doc
        self.ents = ents
        self.gazetteers = rule_set.gazetteers
        for need, rule_id in rule_set.needs.items():
            if not doc.has_annotation(need):
                raise ValueError(describe_need(need, rule_id))
        self._starts = [ent.start for ent in ents]
        self._sentences: List[int] = []
        if "SENT_START" in rule_set.needs:
            starts = doc.to_array("SENT_START").tolist()
            self._sentences = [
                i for i, value in enumerate(starts) if i == 0 or value == 1
            ]
        self._entries: Dict[Tuple[str, int], List[Dict[str, Any]]] = {}
        self.matches: Dict[int, List[Match]] = {}
        if rule_set.patterns:
            labels = rule_set.find_reachable({ent.label_ for ent in ents})
            self.matches = rule_set.patterns(doc, ents, labels)
        # the rules with patterns that can hold for each entity
        self.gated: Dict[int, Set[int]] = {}
        for key, matches in self.matches.items():
            number = rule_set.gates.get(key)
            if number is not None:
                for match in matches:
                    for i in self._find_reached(rule_set.rules[number], match):
                        self.gated.setdefault(i, set()).add(number)

    def find(self, table: str, i: int) -> List[Dict[str, Any]]:
        """Look an entity up in a table, once."""
        entries = self._entries.get((table, i))
        if entries is None:
            entries = self.gazetteers[table].find(self.ents[i].text)
            self._entries[table, i] = entries
        return entries

    def count(self, number: int, key: str, ent: Span, start: int, end: int) -> int:
        """Count the matches of a rule's patterns for an entity within a window."""
        matches = self.matches.get(make_key(number, key), [])
        count = 0
        for j in range(bisect_left(matches, (start, 0, -1)), len(matches)):
            first, last, about = matches[j]
            if first >= end:
                break
            count += last <= end and about in (-1, ent.start)
        return count

    def count_places(self, number: int, key: str) -> int:
        """Count the places in the doc where a rule's patterns match."""
        return len({match[0] for match in self.matches.get(make_key(number, key), ())})

    def get_window(self, rule: Rule, ent: Span) -> Tuple[int, int]:
        """Get the tokens that a rule's window around an entity spans."""
        if rule.window == "doc":
            return 0, len(self.doc)
        if rule.window == "sentence":
            return self._get_sentences(ent.start, ent.end)
        assert isinstance(rule.window, int)
        return ent.start - rule.window, ent.end + rule.window

    def _get_sentences(self, start: int, end: int) -> Tuple[int, int]:
        sentences = self._sentences
        first = sentences[bisect_right(sentences, start) - 1]
        i = bisect_left(sentences, end)
        return first, sentences[i] if i < len(sentences) else len(self.doc)

    def _find_reached(self, rule: Rule, match: Match) -> Iterable[int]:
        """Find the entities that have a match in their window. May give some more."""
        start, end, about = match
        if about >= 0:
            return [bisect_left(self._starts, about)]
        if get_gate(rule) == "context":
            if rule.window == "doc":
                start, end = 0, len(self.doc)
            elif rule.window == "sentence":
                start, end = self._get_sentences(start, end)
            else:
                assert isinstance(rule.window, int)
                start, end = end - 1 - rule.window, start + 1 + rule.window
        first = max(0, bisect_right(self._starts, start) - 1)
        return range(first, bisect_left(self._starts, end))


def make_key(number: int, key: str) -> int:
    """Make the key of the matches of one of a rule's conditions."""
    return number * len(PATTERN_KEYS) + PATTERN_KEYS.index(key) + 1


def get_gate(rule: Rule) -> str:
    """Get the condition that a rule with patterns is filed under."""
    return "entity" if rule.entity else "context"


def describe_need(need: str, rule_id: str) -> str:
    """Say that no component sets what a rule looks at, and what to do."""
    if need == "SENT_START":
        return (
            f"Rule '{rule_id}' looks at sentence boundaries, and no component before "
            "label_mapper sets them. Add a parser, senter or sentencizer before it, "
            "or set the rule's window to 'doc' or a number of tokens."
        )
    return (
        f"Rule '{rule_id}' looks at {need}, and no component before label_mapper sets "
        f"it. Add {COMPONENTS[need]} before it; a component of your own has to say "
        f'that it does, with assigns=["token.{need.lower()}"].'
    )
