"""Which label becomes which by the rules, forwards and backwards."""

from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Set

from spacy.vocab import Vocab

from ..errors import config_error
from ..gazetteers.base import BaseGazetteer
from .rules import Rule, parse_rules, read_rules

Edges = Dict[str, Dict[str, str]]


def create_label_map(
    rules: Path,
    gazetteers: Optional[Dict[str, BaseGazetteer]] = None,
    generic: Optional[Dict[str, str]] = None,
) -> Dict[str, str]:
    """Read rules backwards: which generic label a model has to learn where gold has
    a specific one. For the `label_map` of `spacy-rehearsal.RehearsalCorpus.v1`.

    rules (Path): The rules, as JSONL.
    gazetteers (Optional[Dict[str, BaseGazetteer]]): The tables that rules without `to`
        take their label from.
    generic (Optional[Dict[str, str]]): The generic label of those specific ones that
        the rules make of several.
    RETURNS (Dict[str, str]): The generic label for each specific label.
    RAISES (ConfigValidationError): If a rule is not valid, or several generic labels
        become the same specific one and `generic` does not say which to take.
    """
    parsed = parse_rules(read_rules(Path(rules)), Vocab())
    label_map = {}
    for label, origins in read_backwards(find_edges(parsed, gazetteers or {})).items():
        only = origins[0] if len(origins) == 1 else None
        origin = (generic or {}).get(label, only)
        if origin not in origins:
            raise config_error(
                ["generic", label],
                f"expected the label that the model has to learn for '{label}', one "
                f"of {', '.join(origins)}, found {origin!r}",
            )
        label_map[label] = origin
    return label_map


def find_edges(rules: Iterable[Rule], gazetteers: Mapping[str, BaseGazetteer]) -> Edges:
    """Find which label becomes which.

    rules (Iterable[Rule]): The rules.
    gazetteers (Mapping[str, BaseGazetteer]): The tables that they name.
    RETURNS (Dict[str, Dict[str, str]]): For each label those that it can become, and
        the id of the first rule that does it. Rules that leave the entity as it is
        are left out.
    RAISES (ConfigValidationError): If a table that a rule takes its label from is
        missing or has no labels.
    """
    edges: Edges = {}
    for rule in rules:
        results = find_results(rule, gazetteers)
        if rule.spans_key is not None:
            continue
        for label in rule.labels:
            # an entry that has the entity's own label leaves it as it is
            for result in results - ({label} if rule.to is None else set()):
                edges.setdefault(label, {}).setdefault(result, rule.id)
    return edges


def find_table(
    rule: Rule, gazetteers: Mapping[str, BaseGazetteer]
) -> Optional[BaseGazetteer]:
    """Find the table that a rule names.

    rule (Rule): The rule.
    gazetteers (Mapping[str, BaseGazetteer]): The tables by name.
    RETURNS (Optional[BaseGazetteer]): The table; None if the rule names none.
    RAISES (ConfigValidationError): If it is missing, or has no labels and the rule
        has none either.
    """
    if rule.gazetteer is None:
        return None
    table = gazetteers.get(rule.gazetteer)
    if table is None:
        raise config_error(
            ["rules", rule.id, "gazetteer"],
            f"there is no gazetteer '{rule.gazetteer}', only: "
            f"{', '.join(gazetteers) or 'none'}",
        )
    if rule.to is None and not table.labels:
        raise config_error(
            ["rules", rule.id, "to"],
            f"missing, and no entry of the gazetteer '{rule.gazetteer}' has a label",
        )
    return table


def find_results(rule: Rule, gazetteers: Mapping[str, BaseGazetteer]) -> Set[str]:
    """Find the labels that a rule can give."""
    if rule.to is not None:
        return {rule.to}
    table = find_table(rule, gazetteers)
    return set() if table is None else table.labels


def check_acyclic(edges: Edges) -> None:
    """Check that no label becomes itself again.

    edges (Dict[str, Dict[str, str]]): Which label becomes which, by which rule.
    RAISES (ConfigValidationError): If one does; names the labels and the rules.
    """
    done: Set[str] = set()
    for first in edges:
        path: Dict[str, Iterator[str]] = {first: iter(edges[first])}
        while path and first not in done:
            label = next(reversed(path))
            result = next(path[label], None)
            if result is None:
                done.add(label)
                del path[label]
            elif result in path:
                labels = [*path]
                cycle = [*labels[labels.index(result) :], result]
                ids = [edges[a][b] for a, b in zip(cycle, cycle[1:])]
                raise config_error(
                    ["rules", ids[-1], "to"],
                    f"the rules map in a circle: {' -> '.join(cycle)} "
                    f"(by {', '.join(ids)})",
                )
            elif result not in done:
                path[result] = iter(edges.get(result, {}))


def read_backwards(edges: Edges) -> Dict[str, List[str]]:
    """Find out from which generic labels each specific label comes.

    edges (Dict[str, Dict[str, str]]): Which label becomes which; no circles.
    RETURNS (Dict[str, List[str]]): For each label that another one becomes, those
        at the beginning of the chain, in the order of the rules.
    """
    check_acyclic(edges)
    sources: Dict[str, List[str]] = {}
    for label, results in edges.items():
        for result in results:
            sources.setdefault(result, []).append(label)

    origins: Dict[str, List[str]] = {}
    waiting = sorted(sources, reverse=True)
    while waiting:
        label = waiting[-1]
        unknown = [s for s in sources.get(label, ()) if s not in origins]
        if unknown:
            waiting += unknown
            continue
        waiting.pop()
        found = [o for source in sources.get(label, ()) for o in origins[source]]
        origins[label] = [*dict.fromkeys(found or [label])]
    return {label: origins[label] for label in sorted(sources)}
