"""The rules of label_mapper, read and checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import (
    Any,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from spacy.vocab import Vocab

from ..errors import config_error
from ..files import line_error, read_jsonl
from ..patterns.bounds import Load
from .matching import Pattern, check_patterns, find_attrs, is_dependency_pattern

KEYS = (
    *("id", "label", "to", "entity", "gazetteer", "kb_id", "context", "window"),
    *("unless", "min_count", "spans_key"),
)
PATTERN_KEYS = ("entity", "context", "unless")
ANNOTATIONS = frozenset({"LEMMA", "POS", "TAG", "MORPH", "DEP"})


def create_label_rules(path: Path) -> List[Dict[str, Any]]:
    """Read label_mapper rules from a JSONL file, for
    `[initialize.components.label_mapper.rules]`.

    path (Path): The file, one rule a line; see `parse_rules`.
    RETURNS (List[Dict[str, Any]]): The rules.
    RAISES (ConfigValidationError): If the file is missing, or at the first rule that
        is not valid, with file, line and key.
    """
    return read_rules(Path(path))


@dataclass(frozen=True)
class Rule:
    """When an entity with a generic label gets a specific one.

    id (str): Name of the rule.
    labels (Tuple[str, ...]): The generic labels it applies to.
    to (Optional[str]): The specific label; None takes the gazetteer entry's.
    entity (List[List[Dict[str, Any]]]): Patterns, one of which must match in the
        entity, if there are any.
    gazetteer (Optional[str]): Name of the table that must hold the entity's text.
    kb_ids (FrozenSet[str]): Knowledge base ids, one of which the entity must have,
        if there are any.
    context (List[List[Dict[str, Any]]]): Patterns, one of which must match in the
        window, if there are any.
    unless (List[List[Dict[str, Any]]]): Patterns, none of which may match in the
        window.
    window (Union[str, int]): "sentence", "doc", or the number of tokens to each side
        of the entity.
    min_count (int): How often the context must match in the doc.
    spans_key (Optional[str]): Where in `doc.spans` the specific span goes; the
        entity then stays as it is.
    """

    id: str
    labels: Tuple[str, ...]
    to: Optional[str] = None
    entity: Sequence[Pattern] = ()
    gazetteer: Optional[str] = None
    kb_ids: FrozenSet[str] = frozenset()
    context: Sequence[Pattern] = ()
    unless: Sequence[Pattern] = ()
    window: Union[str, int] = "sentence"
    min_count: int = 1
    spans_key: Optional[str] = None

    @property
    def needs(self) -> Set[str]:
        """The annotations that the rule looks at, of LEMMA, POS, TAG, MORPH, DEP
        and SENT_START."""
        patterns = [*self.entity, *self.context, *self.unless]
        needs = set().union(*map(find_attrs, patterns)) & ANNOTATIONS
        if any(map(is_dependency_pattern, patterns)):
            needs.add("DEP")
        if self.window == "sentence" and (self.context or self.unless):
            needs.add("SENT_START")
        return needs


class RuleError(ValueError):
    """What is wrong with a rule.

    key (str): The rule's key with the mistake; empty for the rule as a whole.
    """

    def __init__(self, key: str, msg: str) -> None:
        super().__init__(msg)
        self.key = key


def read_rules(path: Path) -> List[Dict[str, Any]]:
    """Read and check rules.

    path (Path): A JSONL file, one rule a line.
    RETURNS (List[Dict[str, Any]]): The rules.
    RAISES (ConfigValidationError): If the file is missing, or at the first rule that
        is not valid, with file, line and key.
    """
    vocab = Vocab()
    rules: List[Dict[str, Any]] = []
    seen: Dict[str, int] = {}
    load = Load()
    for line_no, rule in read_jsonl(["path"], path):
        try:
            parsed = parse_rule(rule, len(rules), vocab, load)
            if parsed.id in seen:
                msg = f"'{parsed.id}' is the id of line {seen[parsed.id]} too"
                raise RuleError("id", msg)
        except RuleError as err:
            problem = f"{err.key}: {err}" if err.key else str(err)
            raise line_error(["path"], path, line_no, problem) from None
        seen[parsed.id] = line_no
        rules.append(rule)
    return rules


def parse_rules(
    rules: Iterable[Dict[str, Any]], vocab: Vocab, *, before: Sequence[Rule] = ()
) -> List[Rule]:
    """Read rules from their dicts.

    rules (Iterable[Dict[str, Any]]): The dicts, with the keys `label` (str or
        list), `to`, `gazetteer`, `kb_id` (str or list), `entity`, `context` and
        `unless` (each a pattern or a list of them), `window`, `min_count`,
        `spans_key` and `id`, which is "rule-0" and so on by default. A rule needs
        `label`, and `to` or `gazetteer`.
    vocab (Vocab): The vocab to check patterns with.
    before (Sequence[Rule]): The rules that there are already.
    RETURNS (List[Rule]): Those rules, and the new ones behind them.
    RAISES (ConfigValidationError): At the first rule that is not valid or has the id
        of another one; names it.
    """
    parsed = list(before)
    seen = {rule.id for rule in before}
    load = Load()
    for rule in rules:
        i = len(parsed)
        try:
            parsed.append(parse_rule(rule, i, vocab, load))
            if parsed[i].id in seen:
                raise RuleError("id", f"'{parsed[i].id}' is used twice")
        except RuleError as err:
            names = [str(rule["id"])] if isinstance(rule, dict) and "id" in rule else []
            keys = [err.key] if err.key else []
            raise config_error(["rules", i, *names, *keys], str(err)) from None
        seen.add(parsed[i].id)
    return parsed


def parse_rule(rule: Any, index: int, vocab: Vocab, load: Load) -> Rule:
    """Read a rule from its dict.

    rule (Any): The dict; see `parse_rules`.
    index (int): Its number, from 0.
    vocab (Vocab): The vocab to check patterns with.
    load (Load): What the patterns of rules before cost. This one's are added.
    RETURNS (Rule): The rule.
    RAISES (RuleError): If it is not valid.
    """
    if not isinstance(rule, dict):
        raise RuleError("", f"expected an object, found {rule!r}")
    for key in rule:
        if key not in KEYS:
            raise RuleError("", f"unknown key '{key}', expected: {', '.join(KEYS)}")
    for key in ("id", "to", "gazetteer", "spans_key"):
        if key in rule and not is_text(rule[key]):
            raise RuleError(key, f"expected a text, found {rule[key]!r}")
    if "to" not in rule and "gazetteer" not in rule:
        raise RuleError(
            "to", "missing; only a rule with a gazetteer can take the label from there"
        )
    window = rule.get("window", "sentence")
    if window not in ("sentence", "doc") and not is_count(window, 0):
        msg = f"must be 'sentence', 'doc' or a number of tokens, found {window!r}"
        raise RuleError("window", msg)
    min_count = rule.get("min_count", 1)
    if not is_count(min_count, 1):
        raise RuleError("min_count", f"must be 1 or more, found {min_count!r}")
    if "min_count" in rule and "context" not in rule:
        raise RuleError("min_count", "counts the context, and the rule has none")
    return Rule(
        id=rule.get("id", f"rule-{index}"),
        labels=tuple(parse_texts(rule, "label", "a label")),
        to=rule.get("to"),
        gazetteer=rule.get("gazetteer"),
        kb_ids=frozenset(
            parse_texts(rule, "kb_id", "an id") if "kb_id" in rule else ()
        ),
        window=window,
        min_count=min_count,
        spans_key=rule.get("spans_key"),
        entity=parse_patterns(rule, "entity", vocab, load),
        context=parse_patterns(rule, "context", vocab, load),
        unless=parse_patterns(rule, "unless", vocab, load),
    )


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_count(value: Any, minimum: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= minimum


def parse_texts(rule: Dict[str, Any], key: str, what: str) -> List[str]:
    values = rule.get(key)
    values = [values] if isinstance(values, str) else values
    if not isinstance(values, list) or not values or not all(map(is_text, values)):
        msg = f"expected {what} or a list of them, found {rule.get(key)!r}"
        raise RuleError(key, msg)
    return values


def parse_patterns(
    rule: Dict[str, Any], key: str, vocab: Vocab, load: Load
) -> List[Pattern]:
    if key not in rule:
        return []
    patterns = rule[key]
    if isinstance(patterns, list) and patterns and isinstance(patterns[0], dict):
        patterns = [patterns]
    try:
        check_patterns(patterns, vocab, load, allow_entity=key != "entity")
    except ValueError as err:
        raise RuleError(key, str(err)) from None
    return patterns
