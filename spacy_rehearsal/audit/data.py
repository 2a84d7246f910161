"""What is audited: gold, and what a base pipeline finds in it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Collection, Dict, List, Optional, Sequence

from spacy.tokens import Doc

from ..kinds.base import locate_spans
from ..readers.formats.tally import Tally
from ..readers.gold import GoldText, SpanIndex

# a label is inside of a base label if at least this share of its spans is
INSIDE = 0.8
MIN_INSIDE = 3


@dataclass
class Inside:
    """How the spans of a new label are labelled by the base pipeline.

    label (str): The new label.
    base_label (str): The base label that most of them have, or "".
    n_inside (int): How many have it.
    n_spans (int): How many there are.
    """

    label: str
    base_label: str
    n_inside: int
    n_spans: int

    @property
    def is_almost_all(self) -> bool:
        return bool(
            self.base_label
            and self.n_spans >= MIN_INSIDE
            and self.n_inside >= INSIDE * self.n_spans
        )


@dataclass
class AuditData:
    """What is audited.

    texts (List[GoldText]): The data.
    dev (Sequence[GoldText]): The data for evaluation.
    base_docs (Optional[Sequence[Doc]]): The base pipeline's docs of the texts. None if
        there is no base pipeline to compare with.
    base_labels (Collection[str]): The labels of the base pipeline.
    tally (Tally): What was in the files beside the texts.
    may_overlap (bool): Whether they are for a component whose spans may overlap.

    ATTRIBUTES:
    labels (Counter[str]): How many entities of each label the data have.
    cats (Counter[str]): How many texts of each category the data have.
    insides (List[Inside]): How the base pipeline labels the spans of each new label.
    """

    texts: List[GoldText]
    dev: Sequence[GoldText] = ()
    base_docs: Optional[Sequence[Doc]] = None
    base_labels: Collection[str] = ()
    tally: Tally = field(default_factory=Tally)
    may_overlap: bool = False

    @cached_property
    def labels(self) -> Counter[str]:
        return Counter(label for text in self.texts for _, _, label in text.entities)

    @cached_property
    def cats(self) -> Counter[str]:
        return Counter(c for text in self.texts for c, n in text.cats.items() if n)

    @cached_property
    def insides(self) -> List[Inside]:
        return compare_with_base(self.texts, self.base_docs or (), self.base_labels)


def compare_with_base(
    texts: List[GoldText], base_docs: Sequence[Doc], base_labels: Collection[str]
) -> List[Inside]:
    """Compare the spans of each new label with the base pipeline's entities.

    texts (List[GoldText]): The gold.
    base_docs (Sequence[Doc]): The base pipeline's docs of the texts.
    base_labels (Collection[str]): The labels of the base pipeline.
    RETURNS (List[Inside]): One for each new label, sorted.
    """
    counts: Dict[str, Counter[str]] = defaultdict(Counter)
    for text, base_doc in zip(texts, base_docs):
        index = SpanIndex(locate_spans(base_doc.ents))
        for start, end, label in text.entities:
            if label not in base_labels:
                found = index.find_first(start, end)
                counts[label][found[2] if found else ""] += 1
    insides = []
    for label, counted in sorted(counts.items()):
        base_label, n_inside = counted.most_common(1)[0]
        insides.append(Inside(label, base_label, n_inside, sum(counted.values())))
    return insides
