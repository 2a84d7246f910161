import spacy
from spacy.tokens import Doc, Span

from spacy_rehearsal.kinds.spans import EntityCompletion
from tests.util import get_ents, make_doc

TEXT = "Reddit founder Alexis Ohanian gave away two Metallica tickets"


def get_iob(doc: Doc) -> str:
    """One character a token: 0 missing, 1 inside, 2 outside, 3 begin or blocked."""
    return "".join(str(token.ent_iob) for token in doc)


def test_adds_what_gold_leaves_unlabelled():
    complete = EntityCompletion({"WEBSITE"})
    gold = make_doc(TEXT, ("Reddit", "WEBSITE"))
    silver = make_doc(TEXT, ("Alexis Ohanian", "PERSON"), ("two", "CARDINAL"))
    doc = complete(gold, silver)
    assert get_ents(doc) == [
        ("Reddit", "WEBSITE"),
        ("Alexis Ohanian", "PERSON"),
        ("two", "CARDINAL"),
    ]
    assert get_iob(doc) == "323122322"
    assert get_ents(gold) == [("Reddit", "WEBSITE")]
    assert complete.counts == {"added": 2}


def test_gold_wins_where_entities_overlap():
    complete = EntityCompletion({"PRODUCT"})
    text = "Android Pay expands to Canada"
    gold = make_doc(text, ("Android Pay", "PRODUCT"))
    silver = make_doc(text, ("Android", "PERSON"), ("Canada", "GPE"))
    doc = complete(gold, silver)
    assert get_ents(doc) == [("Android Pay", "PRODUCT"), ("Canada", "GPE")]
    assert complete.counts == {"overlaps_gold": 1, "added": 1}


def test_rest_of_an_overlapping_entity_is_missing():
    text = "Bank of Etsy called"
    gold = make_doc(text, ("Etsy", "WEBSITE"))
    doc = EntityCompletion({"WEBSITE"})(gold, make_doc(text, ("Bank of Etsy", "ORG")))
    assert get_ents(doc) == [("Etsy", "WEBSITE")]
    assert get_iob(doc) == "0032"


def test_labels_of_the_gold_belong_to_the_gold():
    text = "Android Pay expands to Canada with Ann"
    gold = make_doc(text, ("Ann", "PERSON"))
    silver = make_doc(text, ("Android", "PERSON"), ("Canada", "GPE"))
    complete = EntityCompletion({"PERSON", "PRODUCT"})
    doc = complete(gold, silver)
    assert get_ents(doc) == [("Canada", "GPE"), ("Ann", "PERSON")]
    assert get_iob(doc) == "222232" + "3"
    assert complete.counts["gold_label"] == 1
    partial = EntityCompletion({"PERSON", "PRODUCT"}, partial_gold=True)
    assert ("Android", "PERSON") in get_ents(partial(gold, silver))


def test_missing_tokens_stay_missing_or_take_the_teachers_entity():
    gold = make_doc(TEXT)
    gold.set_ents([], missing=[gold[2:6]])
    silver = make_doc(TEXT, ("Alexis Ohanian", "PERSON"))
    kept = EntityCompletion({"WEBSITE"})(gold, silver)
    assert get_ents(kept) == []
    assert get_iob(kept) == "220000222"
    filled = EntityCompletion({"WEBSITE"}, fill_missing=True)(gold, silver)
    assert get_ents(filled) == [("Alexis Ohanian", "PERSON")]
    assert get_iob(filled) == "223100222"


def test_blocked_and_incorrect_annotations_stay():
    gold = make_doc(TEXT)
    gold.set_ents([], blocked=[gold[2:4]])
    silver = make_doc(TEXT, ("Alexis Ohanian", "PERSON"), ("Metallica", "ORG"))
    gold.spans["incorrect"] = [Span(gold, 7, 8, "ORG")]
    complete = EntityCompletion({"WEBSITE"}, incorrect_spans_key="incorrect")
    doc = complete(gold, silver)
    assert get_ents(doc) == []
    assert get_iob(doc) == "222222202"
    assert complete.counts == {"blocked": 1, "incorrect": 1}


def test_aligns_by_characters_and_counts_what_does_not_align():
    text = "Met Dr.Lee in New York."
    vocab = spacy.blank("en").vocab
    gold = Doc(
        vocab,
        words=["Met", "Dr.Lee", "in", "New York", "."],
        spaces=[True, True, True, False, False],
    )
    gold.set_ents([])
    assert gold.text == text
    silver = Doc(
        vocab,
        words=["Met", "Dr.", "Lee", "in", "New", "York", "."],
        spaces=[True, False, True, True, True, False, False],
    )
    silver.set_ents([Span(silver, 2, 3, "PERSON"), Span(silver, 4, 6, "GPE")])
    complete = EntityCompletion({"WEBSITE"})
    doc = complete(gold, silver)
    assert get_ents(doc) == [("New York", "GPE")]
    assert get_iob(doc) == "20232"
    assert complete.counts == {"unaligned": 1, "added": 1}


def test_base_labels_and_label_map():
    text = "Ann went to Berlin in May"
    gold = make_doc(text, ("Berlin", "TOURIST_DESTINATION"))
    silver = make_doc(text, ("Ann", "PERSON"), ("Berlin", "GPE"), ("May", "DATE"))
    complete = EntityCompletion(
        {"GPE"}, base_labels=["PERSON"], label_map={"TOURIST_DESTINATION": "GPE"}
    )
    doc = complete(gold, silver)
    assert get_ents(doc) == [("Ann", "PERSON"), ("Berlin", "GPE")]
    assert get_iob(doc) == "322322"


def test_keeps_the_other_annotation_of_the_gold():
    gold = make_doc(TEXT, ("Reddit", "WEBSITE"))
    gold.cats = {"MUSIC": 1.0}
    gold.ents = [Span(gold, 0, 1, "WEBSITE", kb_id="Q1136")]
    doc = EntityCompletion({"WEBSITE"})(gold, make_doc(TEXT, ("two", "CARDINAL")))
    assert doc.cats == {"MUSIC": 1.0}
    assert doc.ents[0].kb_id_ == "Q1136"
