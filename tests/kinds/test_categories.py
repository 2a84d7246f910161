from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
from thinc.api import ConfigValidationError

from tests.kinds.util import make_kind, read


def read_categories(model: Path, **gold_cats: Any) -> Dict[str, float]:
    """Complete the categories of a text that the teacher knows as SHOP."""
    nlp = spacy.load(model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold.cats = gold_cats
    [example] = read(nlp, model, model.name, [gold])
    return example.reference.cats


def test_completes_categories(category_model: Path) -> None:
    teachers = {"SHOP": 1.0, "WEATHER": 0.0, "SPORT": 0.0}
    assert read_categories(category_model) == teachers
    assert read_categories(category_model, SALE=0.0) == {**teachers, "SALE": 0.0}
    assert read_categories(category_model, WEATHER=0.0) == teachers
    is_exclusive = category_model.name == "textcat"
    with_new = {**teachers, "SHOP": 0.0 if is_exclusive else 1.0, "SALE": 1.0}
    assert read_categories(category_model, SALE=1.0) == with_new
    corrected = read_categories(category_model, SHOP=0.0)
    assert corrected["SHOP"] == 0.0
    assert sum(corrected.values()) == (1.0 if is_exclusive else 0.0)


def test_refuses_categories_that_spacy_does_not_train(category_model: Path) -> None:
    nlp = spacy.load(category_model)
    get_labels = make_kind(category_model.name).get_labels
    pipe: Any = nlp.get_pipe(category_model.name)
    doc = nlp.make_doc("Ann sells mugs .")
    doc.cats = {"SHOP": 1.0, "WEATHER": 1.0}
    if category_model.name == "textcat":
        with pytest.raises(ConfigValidationError, match="one at most 1"):
            get_labels(pipe, doc)
    else:
        assert list(get_labels(pipe, doc)) == ["SHOP", "WEATHER"]
    doc.cats = {"SHOP": 0.7}
    with pytest.raises(ConfigValidationError, match="Each must be 0"):
        get_labels(pipe, doc)
