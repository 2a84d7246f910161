from typing import Any, Tuple

import pytest
import spacy
from spacy.language import Language

from spacy_rehearsal.report.comparison import Comparison


def make_pipeline(*patterns: Tuple[str, str]) -> Language:
    """A pipeline that finds names, as the recognizers to compare."""
    nlp = spacy.blank("en")
    ruler: Any = nlp.add_pipe("entity_ruler")
    entries = [{"pattern": name, "label": label} for name, label in patterns]
    ruler.add_patterns(entries)
    return nlp


@pytest.fixture
def comparison() -> Comparison:
    base = make_pipeline(
        *(("Ann Lee", "PERSON"), ("Joe", "PERSON"), ("Etsy", "ORG"), ("Bosch", "ORG"))
    )
    trained = make_pipeline(
        *(("Ann", "PERSON"), ("Etsy", "WEBSITE"), ("Bosch", "ORG"), ("soup", "WEBSITE"))
    )
    return Comparison(base, trained)
