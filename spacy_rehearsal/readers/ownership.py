"""Whose is a label that both the gold and the teacher have?"""

from collections import Counter
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Tuple

from spacy.language import Language
from spacy.tokens import Doc

from ..kinds.base import Kind
from .completing import create_completions
from .source import get_annotated_labels


class Share(NamedTuple):
    """How often gold texts have a label that the teacher has, too.

    n_gold (int): How many annotations of the gold have it.
    n_more (int): How many more the teacher would add.
    """

    n_gold: int
    n_more: int

    @property
    def is_seldom(self) -> bool:
        """Whether the gold leaves out most of what there is: a few old examples among
        texts that were annotated for new labels only. Where a label is annotated
        throughout, a teacher that knows it finds less than as many again."""
        return self.n_more > self.n_gold


Shares = Dict[str, Dict[str, Share]]


def count_shares(
    nlp: Language,
    kinds: Mapping[str, Kind],
    settings: Mapping[str, Any],
    labels: Mapping[str, Counter[str]],
    docs: Iterable[Tuple[Doc, Doc]],
) -> Shares:
    """Count what the teacher would add to gold texts if it could add all of its labels.

    nlp (Language): The pipeline in training.
    kinds (Mapping[str, Kind]): The components in training, and what they are.
    settings (Mapping[str, Any]): The corpus settings that some kinds take.
    labels (Mapping[str, Counter[str]]): The number of gold annotations with each label,
        after the label map, by component.
    docs (Iterable[Tuple[Doc, Doc]]): The gold and the teacher's doc of each text.
    RETURNS (Dict[str, Dict[str, Share]]): By component and label, those that the
        teacher would add to.
    """
    completions = create_completions(nlp, kinds, settings)
    more: Dict[str, Counter[str]] = {name: Counter() for name in kinds}
    for gold, silver in docs:
        for (name, kind), complete in zip(kinds.items(), completions):
            found = kind.get_labels(nlp.get_pipe(name), complete(gold, silver))
            annotated = get_annotated_labels(gold)
            more[name].update(
                label for label in found if annotated is None or label in annotated
            )
    return {
        name: {
            label: Share(n, more[name][label] - n)
            for label, n in sorted(labels[name].items())
            if more[name][label] > n
        }
        for name in kinds
    }


def describe_shares(shares: Mapping[str, Share], names: List[str]) -> str:
    """Describe how often gold and teacher have some labels."""
    return ", ".join(
        f"{name} ({shares[name].n_gold} in the gold, {shares[name].n_more} more)"
        for name in names
    )
