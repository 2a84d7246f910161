import warnings
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
from spacy.language import Language
from thinc.api import ConfigValidationError

from tests.pipeline.util import add, map_tokens
from tests.util import BASE_MODEL


def test_sentence_window_needs_sentences() -> None:
    rules = [{"label": "GPE", "to": "CITY", "context": [{"LOWER": "mayor"}]}]
    with pytest.raises(ValueError, match="sentence boundaries"):
        map_tokens(["to", "Oslo"], (1, 2, "GPE"), rules)


@pytest.mark.parametrize(
    "condition,excluded,missing",
    [
        ({"context": [{"LEMMA": "visit"}]}, "lemmatizer", "a lemmatizer"),
        ({"unless": [{"POS": "NOUN"}]}, "attribute_ruler", "an attribute_ruler"),
        ({"entity": [{"DEP": "pobj"}]}, "parser", "a parser"),
        ({"context": [{"LOWER": "visit"}]}, "parser", "parser, senter or sentencizer"),
    ],
)
def test_missing_components_are_named(
    condition: Dict[str, Any], excluded: str, missing: str, tmp_path: Path
) -> None:
    nlp = spacy.load(BASE_MODEL)
    rule = {"id": "my-rule", "label": "GPE", "to": "CITY", **condition}
    add(nlp, rule)
    nlp.to_disk(tmp_path)
    assert spacy.load(tmp_path)("We visited Rome.")
    with pytest.raises(ConfigValidationError, match="my-rule") as error:
        spacy.load(tmp_path, exclude=[excluded])
    assert missing in str(error.value)
    for name in ("label_mapper", "senter", excluded):
        nlp.remove_pipe(name)
    with pytest.raises(ConfigValidationError, match="my-rule"):
        add(nlp, rule)


def test_component_behind_is_too_late(nlp: Language) -> None:
    rules = [{"label": "GPE", "to": "CITY", "context": [{"LEMMA": "visit"}]}]
    mapper: Any = nlp.add_pipe("label_mapper", before="lemmatizer")
    with pytest.raises(ConfigValidationError, match="LEMMA"):
        mapper.initialize(lambda: [], nlp=nlp, rules=rules)


def test_warns_of_labels_that_nothing_gives(nlp: Language) -> None:
    rules: List[Dict[str, Any]] = [
        {"id": "a", "label": ["GPE", "PLACE"], "to": "CITY"},
        {"id": "b", "label": "CITY", "to": "DESTINATION"},
    ]
    with pytest.warns(UserWarning, match=r"entity label PLACE \(rule 'a'\). They give"):
        add(nlp, *rules)
    nlp.remove_pipe("label_mapper")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        add(nlp, {"label": "GPE", "to": "CITY"})
