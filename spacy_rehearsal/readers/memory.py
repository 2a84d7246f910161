"""A few texts of the gold of earlier trainings, completed by the teacher."""

from typing import Collection, Mapping

from spacy.language import Language
from spacy.tokens import Doc

from .completed import CompletedGold
from .source import MEMORY


class Memory(CompletedGold):
    """Read gold of earlier trainings, and complete it with all that the base pipeline
    has learned by now.

    Each text was annotated with the labels of its own training. Those that it has are
    its own; all others, of earlier and later trainings, are the teacher's there.
    """

    source = MEMORY

    def is_undecided(self, name: str) -> bool:
        """A label belongs to the texts that have it."""
        return False

    def get_own_labels(self, nlp: Language, doc: Doc) -> Mapping[str, Collection[str]]:
        """Get the labels that a text has itself."""
        return {name: self.get_labels(nlp, name, doc) for name in self.kinds}
