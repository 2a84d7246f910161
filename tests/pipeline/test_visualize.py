from typing import Any

import pytest
import spacy
from spacy import displacy
from spacy.language import Language

from spacy_rehearsal.pipeline.visualize import make_displacy_options


@pytest.fixture
def nlp() -> Language:
    nlp = spacy.blank("en")
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "GPE", "pattern": p} for p in ("Oslo", "Hull")])
    mapper: Any = nlp.add_pipe("label_mapper")
    mapper.add_gazetteer("sights", [{"name": "Oslo", "id": "Q585"}])
    mapper.add_rules([{"label": "GPE", "to": "SIGHT", "gazetteer": "sights"}])
    return nlp


def test_shows_both_labels(nlp: Language) -> None:
    doc = nlp("From Hull to Oslo")
    options = make_displacy_options(doc)
    shown = [(span.text, span.label_) for span in doc.spans[options["spans_key"]]]
    assert shown == [("Hull", "GPE"), ("Oslo", "GPE"), ("Oslo", "SIGHT")]
    assert [ent.label_ for ent in doc.ents] == ["GPE", "SIGHT"]
    html = displacy.render(doc, style="span", options=options, jupyter=False)
    assert html.count("GPE") == 2
    assert html.count("SIGHT") == html.count("Q585") == 1
    assert options["colors"]["SIGHT"] in html


def test_several_docs(nlp: Language) -> None:
    docs = list(nlp.pipe(["Oslo", "Hull"]))
    options = make_displacy_options(docs, spans_key="both")
    html = displacy.render(docs, style="span", options=options, jupyter=False)
    assert html.count("SIGHT") == 1
    assert html.count("GPE") == 2
