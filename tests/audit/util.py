"""Annotated texts, good and bad, and what is found in them."""

from typing import Any, Dict, List, Tuple

import spacy

from spacy_rehearsal.audit.audit import audit
from spacy_rehearsal.audit.data import AuditData
from spacy_rehearsal.audit.finding import Finding
from spacy_rehearsal.readers.gold import GoldText
from spacy_rehearsal.teacher.teacher import Teacher
from tests.util import make_doc

Ents = List[Tuple[str, str]]
NLP = spacy.blank("en")

# the data that chapter 4 of the spaCy course calls problematic, and how it mends it
DESTINATION = "TOURIST_DESTINATION"
AMSTERDAM = "i went to amsterdem last year and the canals were beautiful"
PARIS = "You should visit Paris once in your life, but the Eiffel Tower is kinda boring"
ARKANSAS = "There's also a Paris in Arkansas, lol"
BERLIN = "Berlin is perfect for summer holiday: lots of parks, great nightlife"
BAD: List[Tuple[str, Ents]] = [
    (AMSTERDAM, [("amsterdem", DESTINATION)]),
    (PARIS, [("Paris", DESTINATION)]),
    (ARKANSAS, []),
    (BERLIN, [("Berlin", DESTINATION)]),
]
GOOD: List[Tuple[str, Ents]] = [
    (AMSTERDAM, [("amsterdem", "GPE")]),
    (PARIS, [("Paris", "GPE")]),
    (ARKANSAS, [("Paris", "GPE"), ("Arkansas", "GPE")]),
    (BERLIN, [("Berlin", "GPE")]),
]
GOOD_WEBSITES: List[Tuple[str, Ents]] = [
    (
        "Reddit partners with Patreon to help creators build communities",
        [("Reddit", "WEBSITE"), ("Patreon", "WEBSITE")],
    ),
    (
        "PewDiePie smashes YouTube record",
        [("PewDiePie", "PERSON"), ("YouTube", "WEBSITE")],
    ),
    (
        "Reddit founder Alexis Ohanian gave away two Metallica tickets to fans",
        [("Reddit", "WEBSITE"), ("Alexis Ohanian", "PERSON")],
    ),
]


def make_texts(rows: List[Tuple[str, Ents]]) -> List[GoldText]:
    texts = []
    for i, (text, ents) in enumerate(rows, start=1):
        doc = make_doc(text, *ents)
        entities = [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
        texts.append(GoldText(NLP.make_doc(text), entities, True, f"line {i}"))
    return texts


def find(rows: List[Tuple[str, Ents]], **kwargs: Any) -> Dict[str, Finding]:
    data = AuditData(make_texts(rows), **kwargs)
    return {found.name: found for found in audit(data)}


def find_with_base(
    rows: List[Tuple[str, Ents]], teacher: Teacher
) -> Dict[str, Finding]:
    base_docs = list(teacher.predict(text for text, _ in rows))
    return find(rows, base_docs=base_docs, base_labels=teacher.labels)
