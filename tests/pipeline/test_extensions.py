from typing import Any

import pytest
from spacy.language import Language
from spacy.tokens import Span


def test_names_of_the_extensions(nlp: Language) -> None:
    attrs = {"generic_label_attr": "base_label", "mapped_by_attr": "rule"}
    mapper: Any = nlp.add_pipe("label_mapper", config=attrs)
    mapper.add_rules([{"id": "city", "label": "GPE", "to": "CITY"}])
    (ent,) = nlp("We like Oslo.").ents
    assert (ent._.base_label, ent._.rule) == ("GPE", "city")
    Span.set_extension("taken", getter=len, force=True)
    with pytest.raises(ValueError, match="'taken' of another kind"):
        nlp.add_pipe("label_mapper", "other", config={"mapped_by_attr": "taken"})
