from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from spacy.matcher import Matcher
from spacy.vocab import Vocab

from ..errors import config_error

Pattern = List[Dict[str, Any]]
KEYS = ("id", "label", "to", "gazetteer", "context", "unless", "window")


@dataclass(frozen=True)
class Rule:
    """When an entity with a generic label gets a specific one.

    id (str): Name of the rule.
    labels (Tuple[str, ...]): The generic labels it applies to.
    to (Optional[str]): The specific label; None takes the gazetteer entry's.
    gazetteer (Optional[str]): Name of the table that must hold the entity's text.
    context (List[List[Dict[str, Any]]]): Matcher patterns, one of which must match
        in the window, if there are any.
    unless (List[List[Dict[str, Any]]]): Matcher patterns, none of which may match in
        the window.
    window (Union[str, int]): "sentence", "doc", or the number of tokens to each side
        of the entity.
    """

    id: str
    labels: Tuple[str, ...]
    to: Optional[str]
    gazetteer: Optional[str]
    context: List[Pattern]
    unless: List[Pattern]
    window: Union[str, int]


def parse_rules(rules: Sequence[Dict[str, Any]], vocab: Vocab) -> List[Rule]:
    """Read rules from their dicts.

    rules (Sequence[Dict[str, Any]]): The dicts, with the keys `label` (str or
        list), `to`, `gazetteer`, `context` and `unless` (each a Matcher pattern or
        a list of them), `window` and `id`, which is "rule-0" and so on by default.
        A rule needs `label`, and `to` or `gazetteer`.
    vocab (Vocab): The vocab to check patterns with.
    RETURNS (List[Rule]): The rules.
    RAISES (ConfigValidationError): At the first rule that is not valid; names it.
    """
    parsed = [parse_rule(rule, i, vocab) for i, rule in enumerate(rules)]
    seen = set()
    for i, rule in enumerate(parsed):
        if rule.id in seen:
            raise config_error(["rules", i, "id"], f"'{rule.id}' is used twice")
        seen.add(rule.id)
    return parsed


def parse_rule(rule: Dict[str, Any], index: int, vocab: Vocab) -> Rule:
    if not isinstance(rule, dict):
        raise config_error(["rules", index], f"expected an object, found {rule!r}")
    name = rule.get("id", f"rule-{index}")
    loc = ["rules", index, name]
    for key in rule:
        if key not in KEYS:
            msg = f"unknown key '{key}', expected: {', '.join(KEYS)}"
            raise config_error(loc, msg)
    for key in ("id", "to", "gazetteer"):
        if not isinstance(rule.get(key, ""), str):
            raise config_error([*loc, key], f"expected a text, found {rule[key]!r}")
    labels = rule.get("label")
    labels = [labels] if isinstance(labels, str) else labels
    if not labels or not all(isinstance(label, str) for label in labels):
        msg = f"expected a label or a list of labels, found {rule.get('label')!r}"
        raise config_error([*loc, "label"], msg)
    if not rule.get("to") and not rule.get("gazetteer"):
        msg = "missing; only a rule with a gazetteer can take the label from its entry"
        raise config_error([*loc, "to"], msg)
    window = rule.get("window", "sentence")
    is_count = isinstance(window, int) and not isinstance(window, bool) and window >= 0
    if window not in ("sentence", "doc") and not is_count:
        msg = f"must be 'sentence', 'doc' or a number of tokens, found {window!r}"
        raise config_error([*loc, "window"], msg)
    return Rule(
        id=name,
        labels=tuple(labels),
        to=rule.get("to"),
        gazetteer=rule.get("gazetteer"),
        context=parse_patterns(rule, "context", loc, vocab),
        unless=parse_patterns(rule, "unless", loc, vocab),
        window=window,
    )


def parse_patterns(
    rule: Dict[str, Any], key: str, loc: List[Any], vocab: Vocab
) -> List[Pattern]:
    patterns = rule.get(key, [])
    if isinstance(patterns, list) and patterns and isinstance(patterns[0], dict):
        patterns = [patterns]
    try:
        if patterns:
            Matcher(vocab, validate=True).add(key, patterns)
    except Exception as err:  # spaCy has many errors for patterns, of several classes
        msg = f"is no valid Matcher pattern: {str(err).strip()}"
        raise config_error([*loc, key], msg) from None
    return patterns
