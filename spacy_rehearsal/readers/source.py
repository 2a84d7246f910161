"""Where the annotation of an example is from: gold, memory or silver."""

from typing import Optional

from spacy.tokens import Doc
from spacy.training import Example

SOURCE_KEY = "rehearsal_source"
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
