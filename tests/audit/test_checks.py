from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_rehearsal.audit.checks import audit, compare_with_base, tell_apart
from spacy_rehearsal.audit.finding import Finding
from spacy_rehearsal.audit.starter_rules import make_rules
from spacy_rehearsal.pipeline.rules import parse_rules
from spacy_rehearsal.readers.gold import GoldText, read_gold
from spacy_rehearsal.teacher.teacher import Teacher
from tests.readers.formats.util import PRODIGY_BINARY, write_jsonl
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
SHOES = ["boots", "sandals", "clogs", "pumps", "trainers", "loafers", "mules"] * 2


def make_texts(rows: List[Tuple[str, Ents]]) -> List[GoldText]:
    texts = []
    for i, (text, ents) in enumerate(rows, start=1):
        doc = make_doc(text, *ents)
        entities = [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
        texts.append(GoldText(NLP.make_doc(text), entities, True, f"line {i}"))
    return texts


def find(rows: List[Tuple[str, Ents]], **kwargs: Any) -> Dict[str, Finding]:
    return {found.name: found for found in audit(make_texts(rows), **kwargs)}


def find_with_base(
    rows: List[Tuple[str, Ents]], teacher: Teacher
) -> Dict[str, Finding]:
    base_docs = list(teacher.predict(text for text, _ in rows))
    return find(rows, base_docs=base_docs, base_labels=teacher.labels)


def test_the_bad_examples_of_the_course(teacher: Teacher):
    findings = find_with_base(BAD, teacher)
    problems = [name for name, found in findings.items() if found.is_problem]
    assert problems == ["inconsistent", "inside_base_label"]
    [paris] = findings["inconsistent"].examples
    assert "'Paris' is" in paris
    assert f"1 x {DESTINATION}: You should visit [Paris] once" in paris
    assert "1 x no entity: There's also a [Paris] in Arkansas, lol (line 3)" in paris
    assert findings["inside_base_label"].examples == [
        f"3 of 3 gold spans of {DESTINATION} are GPE to the base model"
    ]
    assert (
        "train GPE and map it with label_mapper" in findings["inside_base_label"].advice
    )
    assert "GPE" in findings["unlabelled_base_entities"].title


def test_the_people_that_the_course_forgets_at_first(teacher: Teacher):
    rows = [
        (text, [e for e in ents if e[1] != "PERSON"]) for text, ents in GOOD_WEBSITES
    ]
    found = find_with_base(rows, teacher)["unlabelled_base_entities"]
    assert "PERSON" in found.title
    assert any("[Alexis Ohanian]" in example for example in found.examples)
    assert "RehearsalCorpus completes them" in found.advice


@pytest.mark.parametrize("rows", [GOOD, GOOD_WEBSITES])
def test_the_good_examples_of_the_course(rows, teacher: Teacher):
    findings = find_with_base(rows, teacher)
    assert not [name for name, found in findings.items() if found.is_problem]


def test_labels_too_specific_to_tell_apart(teacher: Teacher):
    """ADULT_SHOES, CHILDRENS_SHOES and BANDS_I_LIKE are the course's bad scheme."""
    rows: List[Tuple[str, Ents]] = []
    for i, shoes in enumerate(SHOES):
        adult = f"He bought new {shoes} for his walk."
        child = f"She found old {shoes} after the storm."
        rows.append((adult, [(shoes, "ADULT_SHOES")]))
        rows.append((adult, [(shoes, "CHILDRENS_SHOES")]))
        rows.append((child, [(shoes, ("ADULT_SHOES", "CHILDRENS_SHOES")[i % 2])]))
    findings = find_with_base(rows, teacher)
    [example] = findings["indistinct"].examples
    assert example.startswith("ADULT_SHOES and CHILDRENS_SHOES: the words around tell")
    assert "where guessing is right in 50 %" in example
    bands = find_with_base([("We saw Blur.", [("Blur", "BANDS_I_LIKE")])], teacher)
    assert "BANDS_I_LIKE" in bands["judgement"].title


def test_labels_that_context_tells_apart(teacher: Teacher):
    rows: List[Tuple[str, Ents]] = []
    for shoes in SHOES:
        rows.append((f"He wears leather {shoes} to work.", [(shoes, "CLOTHING")]))
        rows.append((f"The band {shoes} played a gig.", [(shoes, "BAND")]))
    findings = find_with_base(rows, teacher)
    assert "indistinct" not in findings
    assert "judgement" not in findings


def test_few_spans_that_are_alike_in_name(teacher: Teacher):
    rows: List[Tuple[str, Ents]] = [
        ("He bought boots.", [("boots", "ADULT_SHOES")]),
        ("She lost her boots.", [("boots", "CHILDRENS_SHOES")]),
        ("We ate soup.", [("soup", "FOOD")]),
    ]
    assert find_with_base(rows, teacher)["indistinct"].count == 1


def test_tells_contexts_apart():
    one, two = [Counter(["wear"])] * 5, [Counter(["play"])] * 5
    assert tell_apart(one, two) == 1.0
    assert tell_apart(one, one) == 0.5
    assert tell_apart([Counter()] * 5, [Counter()] * 5) == 0.5


def test_borders_and_white_space(tmp_path: Path):
    path = write_jsonl(
        tmp_path / "data.jsonl",
        ["On Etsy  now", {"entities": [[3, 6, "WEBSITE"], [7, 9, "WEBSITE"]]}],
        ["On Etsy now", {"entities": [[3, 7, "WEBSITE"]]}],
    )
    findings = audit(read_gold(path, NLP))
    assert findings[0].name == "misaligned"
    assert findings[0].count == 2
    assert "WEBSITE On [Ets]y now" in findings[0].examples[0]
    assert f"({path}, line 1)" in findings[0].examples[0]


def test_entities_that_overlap(tmp_path: Path):
    entities = [[0, 12, "BRAND"], [7, 12, "PLACE"], [16, 20, "BRAND"]]
    path = write_jsonl(
        tmp_path / "data.jsonl", ["Bay of Fundy or Etsy", {"entities": entities}]
    )
    [found] = [f for f in audit(read_gold(path, NLP)) if f.name == "overlapping"]
    assert found.count == 1
    assert found.examples == [
        f"BRAND [Bay of Fundy] or Etsy ({path}, line 1)\n"
        f"    PLACE Bay of [Fundy] or Etsy ({path}, line 1)"
    ]


def test_names_in_longer_names_are_not_counted():
    rows: List[Tuple[str, Ents]] = [
        ("She wears Levi's, always.", [("Levi's", "BRAND")]),
        ("My Levi jeans are old.", [("Levi", "BRAND")]),
        ("Levi's are expensive.", []),
    ]
    found = find(rows)["inconsistent"]
    assert found.count == 1
    assert "'Levi's' is" in found.examples[0]


def test_names_that_train_and_dev_label_differently():
    rows: List[Tuple[str, Ents]] = [("Etsy is down.", [("Etsy", "WEBSITE")])]
    dev: List[Tuple[str, Ents]] = [("She works for Etsy now.", [("Etsy", "ORG")])]
    [example] = find(rows, dev=make_texts(dev))["inconsistent"].examples
    assert "1 x WEBSITE: [Etsy] is down." in example
    assert "1 x ORG: She works for [Etsy] now." in example
    assert "inconsistent" not in find(rows)


def test_near_duplicates_across_train_and_dev():
    rows: List[Tuple[str, Ents]] = [
        ("I sold 3 mugs on Etsy this week, can you believe it!", [("Etsy", "WEBSITE")]),
        ("Thank you!", []),
    ]
    dev: List[Tuple[str, Ents]] = [
        ("I sold 12 mugs on Etsy this week - can you believe it?", []),
        ("I sold mugs and plates at the market all summer long.", []),
        ("Thank you!!", []),
    ]
    found = find(rows, dev=make_texts(dev))["duplicates"]
    assert found.count == 1
    assert "line 1: I sold 12 mugs" in found.examples[0]
    assert "duplicates" not in find(rows, dev=make_texts(dev[1:]))


def test_unknown_parts_are_no_contradiction(tmp_path: Path):
    """A binary answer says nothing about the rest of the text."""
    path = write_jsonl(
        tmp_path / "data.jsonl",
        PRODIGY_BINARY,
        {**PRODIGY_BINARY, "answer": "reject"},
    )
    assert "inconsistent" not in {found.name for found in audit(read_gold(path, NLP))}


def test_reads_spacy_files(tmp_path: Path):
    doc = make_doc("Sold on Etsy.", ("Etsy", "WEBSITE"))
    DocBin(docs=[doc]).to_disk(tmp_path / "data.spacy")
    [text] = read_gold(tmp_path / "data.spacy", NLP)
    assert text.entities == [(8, 12, "WEBSITE")]
    assert text.is_complete
    assert text.place == f"{tmp_path / 'data.spacy'}, text 1"
    assert read_gold(tmp_path, NLP)[0].place == text.place


def test_rules_to_start_with(teacher: Teacher):
    texts = make_texts(BAD)
    base_docs = list(teacher.predict(text for text, _ in BAD))
    rules, gazetteers = make_rules(
        texts, compare_with_base(texts, base_docs, teacher.labels)
    )
    [rule] = parse_rules(rules, NLP.vocab)
    assert (rule.labels, rule.to) == (("GPE",), DESTINATION)
    assert gazetteers[rule.gazetteer or ""] == [
        {"name": "Berlin"},
        {"name": "Paris"},
        {"name": "amsterdem"},
    ]
