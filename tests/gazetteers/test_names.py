from typing import Any, List

import pytest
from spacy.matcher.levenshtein import levenshtein

from spacy_rehearsal.gazetteers.names import (
    Folding,
    make_half_keys,
    make_half_queries,
    trim_endings,
)

NAMES = ["amsterdam", "paris", "parma", "new york", "rio de janeiro", "bergen"]
TYPOS = ["amsterdem", "amsterdan", "pars", "pariss", "aris", "newyork", "bergne"]


@pytest.mark.parametrize(
    "folding,name,expected",
    [
        (Folding(), " New\u00a0 York ", "new york"),
        (Folding(), "STRASSE", Folding().normalize("Straße")),
        (Folding(), "Cafe\u0301", "café"),
        (Folding(), "St John\u2019s", "st john's"),
        (Folding(), "Łódź", "łódź"),
        (Folding(fold_accents=True), "Łódź", "lodz"),
        (Folding(fold_accents=True), "Tromsø", "tromso"),
        (Folding(fold_accents=True), "Malmö", "malmo"),
        (Folding(fold_case=False), "Nice", "Nice"),
        (Folding(fold_case=False, fold_accents=True), "Évora", "Evora"),
        (Folding(), " \u2003", ""),
    ],
)
def test_normalize(folding: Folding, name: str, expected: str) -> None:
    assert folding.normalize(name) == expected


@pytest.mark.parametrize(
    "name,expected",
    [
        ("rolex's", ["rolex"]),
        ("rolexes", ["rolexe", "rolex"]),
        ("joneses'", ["joneses", "jonese", "jones"]),
        ("paris", ["pari"]),
        ("oslo", []),
        ("us", []),
    ],
)
def test_trim_endings(name: str, expected: List[Any]) -> None:
    assert list(trim_endings(name)) == expected


def test_names_at_distance_1_share_a_half() -> None:
    for name in NAMES:
        for typo in [*NAMES, *TYPOS]:
            shared = set(make_half_keys(name)) & set(make_half_queries(typo))
            if levenshtein(name, typo) <= 1:
                assert shared, (name, typo)
    assert not set(make_half_keys("amsterdam")) & set(make_half_queries("bergen"))
