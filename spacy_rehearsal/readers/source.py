"""Where the annotation of an example is from: gold, memory or silver."""

from typing import Iterable, List, Optional

from spacy.tokens import Doc
from spacy.training import Example

SOURCE_KEY = "rehearsal_source"
OPEN_KEY = "rehearsal_open"
LABELS_KEY = "rehearsal_labels"
GOLD = "gold"
MEMORY = "memory"
SILVER = "silver"


def get_source(example: Example) -> Optional[str]:
    """Tell where the annotation of a RehearsalCorpus example is from.

    example (Example): The example.
    RETURNS (Optional[str]): "gold", "memory" or "silver"; None for other examples.
    """
    source: Optional[str] = example.reference.user_data.get(SOURCE_KEY)
    return source


def set_source(reference: Doc, source: str) -> None:
    """Note where the annotation of a doc is from."""
    reference.user_data[SOURCE_KEY] = source


def set_open(reference: Doc) -> None:
    """Note that a text may have new labels that nobody has looked for."""
    reference.user_data[OPEN_KEY] = True


def is_open(example: Example) -> bool:
    """Tell whether nobody has looked for new labels in an example, though it may have
    some: gold that is older than they are, or raw text that is full of them."""
    return get_source(example) == MEMORY or OPEN_KEY in example.reference.user_data


def get_annotated_labels(reference: Doc) -> Optional[List[str]]:
    """Get the labels that a text was annotated with: whether it has them or not. None
    for all.

    reference (Doc): The text.
    RETURNS (Optional[List[str]]): The labels.
    """
    labels: Optional[List[str]] = reference.user_data.get(LABELS_KEY)
    return labels


def set_annotated_labels(reference: Doc, labels: Iterable[str]) -> None:
    """Note the labels that a text was annotated with."""
    reference.user_data[LABELS_KEY] = sorted(labels)
