"""What completes a doc, for each component in training."""

from typing import Any, Dict, Iterable, List, Mapping

from spacy.language import Language
from spacy.util import SimpleFrozenDict

from ..kinds.base import Completion, Kind

PARTIAL_GOLD = "partial_gold"


def create_completions(
    nlp: Language,
    kinds: Mapping[str, Kind],
    settings: Mapping[str, Any],
    gold_labels: Mapping[str, Iterable[str]] = SimpleFrozenDict(),
) -> List[Completion]:
    """Create what completes a doc, for each component in training.

    nlp (Language): The pipeline in training.
    kinds (Mapping[str, Kind]): The components, and what they are.
    settings (Mapping[str, Any]): The corpus settings that some kinds take.
    gold_labels (Mapping[str, Iterable[str]]): The labels that the gold annotates, by
        component. None for raw text.
    RETURNS (List[Completion]): The completions.
    """
    return [
        kind.create_completion(
            nlp.get_pipe(name),
            gold_labels=frozenset(gold_labels.get(name, ())),
            **get_settings(kind, settings),
        )
        for name, kind in kinds.items()
    ]


def get_settings(kind: Kind, settings: Mapping[str, Any]) -> Dict[str, Any]:
    """Get the settings that a kind takes. Labels that are the teacher's too are none of
    the gold's own, if only some are."""
    taken = {name: settings[name] for name in kind.settings if name in settings}
    if PARTIAL_GOLD in taken:
        taken[PARTIAL_GOLD] = taken[PARTIAL_GOLD] is True
    return taken
