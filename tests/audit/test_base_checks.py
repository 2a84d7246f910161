from collections import Counter
from typing import Any, List, Tuple

import pytest

from spacy_rehearsal.audit.base_checks import tell_apart
from spacy_rehearsal.teacher.teacher import Teacher
from tests.audit.util import (
    BAD,
    DESTINATION,
    GOOD,
    GOOD_WEBSITES,
    Ents,
    find,
    find_with_base,
)

SHOES = ["boots", "sandals", "clogs", "pumps", "trainers", "loafers", "mules"] * 2


def test_the_bad_examples_of_the_course(teacher: Teacher) -> None:
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


def test_the_people_that_the_course_forgets_at_first(teacher: Teacher) -> None:
    rows = [
        (text, [e for e in ents if e[1] != "PERSON"]) for text, ents in GOOD_WEBSITES
    ]
    found = find_with_base(rows, teacher)["unlabelled_base_entities"]
    assert "PERSON" in found.title
    assert any("[Alexis Ohanian]" in example for example in found.examples)
    assert "RehearsalCorpus completes them" in found.advice


@pytest.mark.parametrize("rows", [GOOD, GOOD_WEBSITES])
def test_the_good_examples_of_the_course(rows: Any, teacher: Teacher) -> None:
    findings = find_with_base(rows, teacher)
    assert not [name for name, found in findings.items() if found.is_problem]


def test_labels_too_specific_to_tell_apart(teacher: Teacher) -> None:
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


def test_labels_that_context_tells_apart(teacher: Teacher) -> None:
    rows: List[Tuple[str, Ents]] = []
    for shoes in SHOES:
        rows.append((f"He wears leather {shoes} to work.", [(shoes, "CLOTHING")]))
        rows.append((f"The band {shoes} played a gig.", [(shoes, "BAND")]))
    findings = find_with_base(rows, teacher)
    assert "indistinct" not in findings
    assert "judgement" not in findings


def test_few_spans_that_are_alike_in_name(teacher: Teacher) -> None:
    rows: List[Tuple[str, Ents]] = [
        ("He bought boots.", [("boots", "ADULT_SHOES")]),
        ("She lost her boots.", [("boots", "CHILDRENS_SHOES")]),
        ("We ate soup.", [("soup", "FOOD")]),
    ]
    assert find_with_base(rows, teacher)["indistinct"].count == 1


def test_tells_contexts_apart() -> None:
    one, two = [Counter(["wear"])] * 5, [Counter(["play"])] * 5
    assert tell_apart(one, two) == 1.0
    assert tell_apart(one, one) == 0.5
    assert tell_apart([Counter()] * 5, [Counter()] * 5) == 0.5


def test_all_labels_are_new_without_a_base_pipeline(teacher: Teacher) -> None:
    assert find(GOOD)["few_examples"].title.endswith("GPE 5")
    assert "few_examples" not in find_with_base(GOOD, teacher)
