"""Rules for label_mapper to start with."""

from typing import Any, Dict, List, Tuple

from ..readers.gold import GoldText
from .data import Inside


def make_rules(
    texts: List[GoldText], insides: List[Inside]
) -> Tuple[List[Dict[str, Any]], Dict[str, List[Dict[str, Any]]]]:
    """Make rules for label_mapper to start with: each new label that is part of a base
    label, with a gazetteer of the names that have it in the gold.

    texts (List[GoldText]): The gold.
    insides (List[Inside]): See `compare_with_base`.
    RETURNS (Tuple[List[Dict], Dict[str, List[Dict]]]): The rules, and the entries of
        each gazetteer.
    """
    cases = [inside for inside in insides if inside.is_almost_all]
    rules = []
    gazetteers = {}
    for inside in cases:
        name = inside.label.lower()
        rules.append(
            {
                "id": name,
                "label": inside.base_label,
                "to": inside.label,
                "gazetteer": name,
            }
        )
        names = {
            text.text[start:end]
            for text in texts
            for start, end, label in text.entities
            if label == inside.label
        }
        gazetteers[name] = [{"name": surface} for surface in sorted(names)]
    return rules, gazetteers
