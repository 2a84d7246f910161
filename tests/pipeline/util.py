from typing import Any, Dict

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from spacy_rehearsal.pipeline.label_mapper import LabelMapper

TABLES = {
    "destinations": [{"name": "Paris", "id": "Q90"}, "Berlin"],
    "capitals": ["Berlin", "Oslo"],
}
RULES = [
    {
        "id": "destination",
        "label": "GPE",
        "to": "TOURIST_DESTINATION",
        "gazetteer": "destinations",
        "unless": [[{"ENT_TYPE": "GPE"}, {"LOWER": "in"}, {"ENT_TYPE": "GPE"}]],
    },
    {
        "id": "capital",
        "label": ["GPE", "LOC"],
        "to": "CAPITAL",
        "gazetteer": "capitals",
        "context": [[{"LEMMA": "govern"}], [{"LOWER": "parliament"}]],
        "window": 3,
    },
]


def map_tokens(words: Any, entity: Any, rules: Any, tables: Any = TABLES) -> Any:
    """Map one entity of a doc without a model."""
    nlp = make_blank()
    mapper: Any = nlp.get_pipe("label_mapper")
    mapper.initialize(lambda: [], nlp=nlp, rules=rules, gazetteers=tables)
    doc = Doc(nlp.vocab, words=words)
    start, end, label, *kb_id = entity
    doc.ents = [Span(doc, start, end, label, kb_id=kb_id[0] if kb_id else "")]
    return mapper(doc).ents[0]


def make_blank(*labels: str) -> Language:
    """Make a pipeline whose entities come from nowhere."""
    nlp = spacy.blank("en")
    ruler: Any = nlp.add_pipe("entity_ruler")
    for label in labels or ("GPE", "LOC"):
        ruler.add_patterns([{"label": label, "pattern": "no such text"}])
    nlp.add_pipe("label_mapper")
    return nlp


def add(nlp: Language, *rules: Dict[str, Any], **tables: Any) -> LabelMapper:
    mapper: Any = nlp.add_pipe("label_mapper")
    assert isinstance(mapper, LabelMapper)
    mapper.initialize(lambda: [], nlp=nlp, rules=rules, gazetteers=tables)
    return mapper
