"""Whose is a label that both the gold and the teacher have?"""

from collections import Counter
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Tuple

from spacy.language import Language
from spacy.tokens import Doc

from ..kinds.base import Kind
from .completing import create_completions, get_settings
from .source import get_annotated_labels

# what the teacher finds in texts without a label must be this share of what the gold
# has, and come this often for each time that it comes beside the gold's own
MIN_SHARE = 0.2
MIN_RATIO = 3


class Share(NamedTuple):
    """How often gold texts have a label that the teacher has, too.

    n_gold (int): How many annotations of the gold have it.
    n_more (int): How many more the teacher would add.
    n_elsewhere (int): How many of these are in texts where the gold has none.
    n_words (int): How many words the texts have where the gold has some.
    n_words_elsewhere (int): How many words the others have.
    """

    n_gold: int
    n_more: int
    n_elsewhere: int = 0
    n_words: int = 0
    n_words_elsewhere: int = 0

    @property
    def is_seldom(self) -> bool:
        """Whether the gold leaves out much of what there is: old examples among texts
        that were annotated for new labels only. Where a label is annotated throughout,
        a teacher that knows it finds less than as many again, and what it finds it
        finds beside the gold's own as well."""
        if self.n_more > self.n_gold:
            return True
        beside = (self.n_more - self.n_elsewhere + 1) / max(1, self.n_words)
        elsewhere = self.n_elsewhere / max(1, self.n_words_elsewhere)
        is_much = self.n_elsewhere > MIN_SHARE * self.n_gold
        return is_much and elsewhere > MIN_RATIO * beside


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
    elsewhere: Dict[str, Counter[str]] = {name: Counter() for name in kinds}
    words: Dict[str, Counter[str]] = {name: Counter() for name in kinds}
    n_words = 0
    for gold, silver in docs:
        n_words += len(gold)
        annotated = get_annotated_labels(gold)
        for (name, kind), complete in zip(kinds.items(), completions):
            pipe = nlp.get_pipe(name)
            map_ = get_settings(kind, settings).get("label_map", {})
            own = Counter(map_.get(n, n) for n in kind.get_labels(pipe, gold))
            found = Counter(kind.get_labels(pipe, complete(gold, silver))) - own
            if annotated is not None:
                found = Counter({n: c for n, c in found.items() if n in annotated})
            more[name] += found
            elsewhere[name] += Counter({n: c for n, c in found.items() if n not in own})
            words[name] += Counter({n: len(gold) for n in own})
    return {
        name: {
            label: Share(
                n,
                more[name][label],
                elsewhere[name][label],
                words[name][label],
                n_words - words[name][label],
            )
            for label, n in sorted(labels[name].items())
            if more[name][label] > 0
        }
        for name in kinds
    }


def describe_shares(shares: Mapping[str, Share], names: List[str]) -> str:
    """Describe how often gold and teacher have some labels."""
    return ", ".join(
        f"{name} ({shares[name].n_gold} in the gold, {shares[name].n_more} more, "
        f"{shares[name].n_elsewhere} of these in texts where the gold has none)"
        for name in names
    )
