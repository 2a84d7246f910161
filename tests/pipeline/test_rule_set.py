from typing import Any, Dict, List

import pytest
from spacy.language import Language

from tests.pipeline.util import add, map_tokens
from tests.util import get_ents


def test_first_rule_that_holds_wins() -> None:
    rules = [
        {"label": "GPE", "to": "A", "context": [{"LOWER": "nowhere"}], "window": 1},
        {"label": "GPE", "to": "B"},
        {"label": "GPE", "to": "C"},
    ]
    assert map_tokens(["to", "Oslo"], (1, 2, "GPE"), rules).label_ == "B"
    assert map_tokens(["to", "Oslo"], (1, 2, "LOC"), rules).label_ == "LOC"


def test_label_of_the_gazetteers_entry() -> None:
    tables = {"places": [{"name": "Oslo", "label": "CITY"}, "Rome"]}
    rules = [{"label": "GPE", "gazetteer": "places"}]
    assert map_tokens(["Oslo"], (0, 1, "GPE"), rules, tables).label_ == "CITY"
    assert map_tokens(["Rome"], (0, 1, "GPE"), rules, tables).label_ == "GPE"


def test_entity_patterns(nlp: Language) -> None:
    rule = {"label": "ORG", "to": "SCHOOL", "entity": [{"LOWER": "university"}]}
    add(nlp, rule)
    doc = nlp("She left Stanford University. The university hired Google's lawyers.")
    assert get_ents(doc) == [("Stanford University", "SCHOOL"), ("Google", "ORG")]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("You should visit New York in May.", ["DESTINATION"]),
        ("You should visit my aunt in New York.", ["GPE"]),
        ("New York is worth a trip.", ["DESTINATION"]),
        ("New York and London are worth a trip.", ["GPE", "DESTINATION"]),
        ("We were glad to finally be visiting London.", ["DESTINATION"]),
    ],
)
def test_ent_stands_for_the_entity(
    nlp: Language, text: str, expected: List[str]
) -> None:
    context = [
        [{"LEMMA": "visit"}, {"ENT": True}],
        [{"ENT": True}, {"LEMMA": "be"}, {"LOWER": "worth"}],
    ]
    add(nlp, {"label": "GPE", "to": "DESTINATION", "context": context})
    doc = nlp(text)
    found = [ent.label_ for ent in doc.ents if ent._.generic_label == "GPE"]
    assert found == expected


def test_dependency_context(nlp: Language) -> None:
    visit = [
        {"RIGHT_ID": "visit", "RIGHT_ATTRS": {"LEMMA": "visit"}},
        {
            **{"LEFT_ID": "visit", "REL_OP": ">", "RIGHT_ID": "place"},
            "RIGHT_ATTRS": {"ENT": True, "DEP": "dobj"},
        },
    ]
    add(nlp, {"label": "GPE", "to": "DESTINATION", "context": [visit]})
    doc = nlp("My brother from Canada visited the lovely little Portugal.")
    assert get_ents(doc) == [("Canada", "GPE"), ("Portugal", "DESTINATION")]


def test_min_count_is_of_the_doc(nlp: Language) -> None:
    rule = {
        **{"label": "GPE", "to": "DESTINATION", "min_count": 2},
        "context": [{"LEMMA": {"IN": ["beach", "museum"]}}],
    }
    add(nlp, rule)
    once = "Paris has a museum. We liked Rome."
    twice = "Paris has a museum. We liked Rome. The beaches were full."
    assert [label for _, label in get_ents(nlp(once))] == ["GPE", "GPE"]
    assert get_ents(nlp(twice)) == [("Paris", "DESTINATION"), ("Rome", "GPE")]


def test_kb_id() -> None:
    rules = [{"label": "GPE", "to": "CAPITAL", "kb_id": ["Q64", "Q585"]}]
    assert map_tokens(["Berlin"], (0, 1, "GPE", "Q64"), rules).label_ == "CAPITAL"
    assert map_tokens(["Berlin"], (0, 1, "GPE", "Q821244"), rules).label_ == "GPE"
    assert map_tokens(["Berlin"], (0, 1, "GPE"), rules).label_ == "GPE"


def test_kb_id_of_the_gazetteers_entry() -> None:
    paris = [{"name": "Paris", "id": "Q830149"}, {"name": "Paris", "id": "Q90"}]
    rules = [{"label": "GPE", "to": "CAPITAL", "gazetteer": "t", "kb_id": "Q90"}]
    ent = map_tokens(["Paris"], (0, 1, "GPE"), rules, {"t": paris})
    assert (ent.label_, ent.kb_id_) == ("CAPITAL", "Q90")
    ent = map_tokens(["Paris"], (0, 1, "GPE"), rules, {"t": paris[:1]})
    assert (ent.label_, ent.kb_id_) == ("GPE", "")


def test_an_entity_linkers_choice_among_homonyms_prevails() -> None:
    paris = [
        {"name": "Paris", "id": "Q90", "label": "CAPITAL"},
        {"name": "Paris", "id": "Q830149", "label": "TOWN"},
    ]
    rules = [{"label": "GPE", "gazetteer": "t"}]
    ent = map_tokens(["Paris"], (0, 1, "GPE", "Q830149"), rules, {"t": paris})
    assert (ent.label_, ent.kb_id_) == ("TOWN", "Q830149")
    ent = map_tokens(["Paris"], (0, 1, "GPE"), rules, {"t": paris})
    assert (ent.label_, ent.kb_id_) == ("CAPITAL", "Q90")


def test_an_entity_linkers_choice_is_not_replaced_by_a_namesake() -> None:
    """Paris in Texas is not Paris in France, whatever the table has."""
    rules = [{"id": "r", "label": "GPE", "to": "CAPITAL", "gazetteer": "t"}]
    tables = {"t": [{"name": "Paris", "id": "Q90"}]}
    ent = map_tokens(["Paris"], (0, 1, "GPE", "Q830149"), rules, tables)
    assert (ent.label_, ent.kb_id_) == ("GPE", "Q830149")
    # a linker's "NIL" says that it has found nothing
    for kb_id in ("", "NIL", "Q90"):
        ent = map_tokens(["Paris"], (0, 1, "GPE", kb_id), rules, tables)
        assert (ent.label_, ent.kb_id_) == ("CAPITAL", "Q90")
    # an entry without an id leaves open who it is
    tables = {"t": [{"name": "Paris", "id": "Q90"}, {"name": "Paris"}]}
    ent = map_tokens(["Paris"], (0, 1, "GPE", "Q830149"), rules, tables)
    assert (ent.label_, ent.kb_id_) == ("CAPITAL", "Q830149")


def test_a_rule_maps_the_result_of_another() -> None:
    rules = [
        {"id": "sight", "label": "CITY", "to": "DESTINATION", "gazetteer": "sights"},
        {"id": "city", "label": "GPE", "to": "CITY", "gazetteer": "cities"},
    ]
    tables = {"cities": [{"name": "Oslo", "id": "Q585"}, "Hull"], "sights": ["Oslo"]}
    oslo = map_tokens(["Oslo"], (0, 1, "GPE"), rules, tables)
    assert (oslo.label_, oslo.kb_id_) == ("DESTINATION", "Q585")
    assert (oslo._.generic_label, oslo._.mapped_by) == ("GPE", "sight")
    hull = map_tokens(["Hull"], (0, 1, "GPE"), rules, tables)
    assert (hull.label_, hull._.mapped_by) == ("CITY", "city")


def test_spans_are_added_and_the_entity_stays() -> None:
    rules = [
        {"label": "GPE", "to": "CAPITAL", "gazetteer": "capitals", "spans_key": "sc"},
        {"label": "GPE", "to": "CITY", "spans_key": "sc"},
        {"label": "GPE", "to": "PLACE", "spans_key": "more"},
        {"label": "GPE", "to": "TOWN", "context": [{"LOWER": "x"}], "window": 1},
    ]
    tables = {"capitals": [{"name": "Oslo", "id": "Q585"}]}
    doc = map_tokens(["to", "Oslo"], (1, 2, "GPE"), rules, tables).doc
    (ent,) = doc.ents
    assert (ent.label_, ent.kb_id_, ent._.mapped_by) == ("GPE", "", None)
    ((span,), (other,)) = doc.spans["sc"], doc.spans["more"]
    assert (span.text, span.label_, span.kb_id_) == ("Oslo", "CAPITAL", "Q585")
    assert other.label_ == "PLACE"
    doc = map_tokens(["to", "Oslo"], (1, 2, "LOC"), rules, tables).doc
    assert len(doc.spans["sc"]) == len(doc.spans["more"]) == 0


def test_the_first_rule_wins_also_among_indexed_ones() -> None:
    words = ["mayor", "of", "Oslo"]
    rules = [
        {"label": "GPE", "to": "A", "kb_id": "Q1"},
        {"label": "GPE", "to": "B", "context": [{"LOWER": "mayor"}], "window": 2},
        {"label": "GPE", "to": "C", "entity": [{"LOWER": "oslo"}]},
        {"label": "GPE", "to": "D", "gazetteer": "capitals"},
    ]
    for i, expected in enumerate("ABCD"):
        kb_id = "Q1" if i == 0 else "Q2"
        ent = map_tokens(words, (2, 3, "GPE", kb_id), rules[i:])
        assert ent.label_ == expected


def test_explain(nlp: Language) -> None:
    mapper = add(
        nlp,
        {"id": "org", "label": "ORG", "to": "COMPETITOR"},
        {"id": "capital", "label": "GPE", "to": "CAPITAL", "gazetteer": "capitals"},
        {
            "id": "sight",
            "label": "CAPITAL",
            "to": "SIGHT",
            "context": [{"LEMMA": "see"}],
        },
        {"id": "town", "label": "GPE", "to": "TOWN", "unless": [{"LOWER": "not"}]},
        {"id": "late", "label": "GPE", "to": "LATE"},
        capitals=[{"name": "Oslo", "id": "Q585"}],
    )
    doc = nlp("We saw Oslo but not Paris.")
    oslo, paris = mapper.explain(doc)
    assert (oslo["text"], oslo["start"], oslo["end"]) == ("Oslo", 2, 3)
    assert (oslo["generic_label"], oslo["label"]) == ("GPE", "SIGHT")
    assert oslo["mapped_by"] == "sight"
    assert {rule["id"]: rule["failed"] for rule in oslo["rules"]} == {
        **{"org": "label", "capital": None, "sight": None},
        **{"town": "unless", "late": None},
    }
    assert (paris["label"], paris["mapped_by"]) == ("LATE", "late")
    assert {rule["id"]: rule["failed"] for rule in paris["rules"]} == {
        **{"org": "label", "capital": "gazetteer", "sight": "label"},
        **{"town": "unless", "late": None},
    }
    with nlp.select_pipes(disable="label_mapper"):
        assert mapper.explain(nlp("We saw Oslo but not Paris.")) == [oslo, paris]


@pytest.mark.parametrize(
    "condition,failed",
    [
        ({"entity": [{"LOWER": "oslo"}]}, "entity"),
        ({"gazetteer": "capitals"}, "gazetteer"),
        ({"kb_id": "Q585"}, "kb_id"),
        ({"gazetteer": "cities", "kb_id": "Q585"}, "kb_id"),
        ({"context": [{"LEMMA": "leave"}]}, "context"),
        ({"context": [{"LEMMA": "see"}], "min_count": 2}, "min_count"),
        ({"unless": [{"LEMMA": "see"}]}, "unless"),
    ],
)
def test_explain_names_the_condition(
    nlp: Language, condition: Dict[str, Any], failed: str
) -> None:
    rule = {"id": "rule", "label": "GPE", "to": "CITY", **condition}
    mapper = add(nlp, rule, capitals=["Oslo"], cities=["Paris"])
    (ent,) = mapper.explain(nlp("Did you see Paris?"))
    assert ent["rules"] == [{"id": "rule", "failed": failed}]
