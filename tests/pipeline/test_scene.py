from typing import Any

import pytest
from spacy.language import Language

from tests.pipeline.util import add, map_tokens


@pytest.mark.parametrize("window,expected", [(2, "GPE"), (3, "CITY"), ("doc", "CITY")])
def test_window(window: Any, expected: str) -> None:
    rules = [
        {
            "label": "GPE",
            "to": "CITY",
            "context": [{"LOWER": "mayor"}],
            "window": window,
        }
    ]
    words = ["the", "mayor", "of", "lovely", "Oslo"]
    assert map_tokens(words, (4, 5, "GPE"), rules).label_ == expected


def test_many_sentences_and_windows(nlp: Language) -> None:
    """Each entity sees its own sentence, however long the doc is."""
    rule = {"label": "GPE", "to": "SEEN", "context": [{"LOWER": "saw"}]}
    add(nlp, rule)
    doc = nlp(" ".join(["We saw Paris.", "They live in Rome."] * 40))
    labels = {(ent.text, ent.label_) for ent in doc.ents}
    assert labels == {("Paris", "SEEN"), ("Rome", "GPE")}


@pytest.mark.parametrize("words,expected", [(0, "GPE"), (1, "CITY")])
def test_a_window_of_no_words_is_the_entity(words: int, expected: str) -> None:
    context = [{"LOWER": "lovely"}]
    rules = [{"label": "GPE", "to": "CITY", "context": context, "window": words}]
    assert map_tokens(["lovely", "Oslo"], (1, 2, "GPE"), rules).label_ == expected
    rules[0]["context"] = [{"LOWER": "oslo"}]
    assert map_tokens(["lovely", "Oslo"], (1, 2, "GPE"), rules).label_ == "CITY"
