from typing import Optional

import pytest

from spacy_rehearsal.audit import finding
from spacy_rehearsal.audit.data import AuditData
from spacy_rehearsal.audit.finding import CHECKS, Found, check
from tests.audit.util import find


def test_a_new_finding_is_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "CHECKS", dict(CHECKS))
    monkeypatch.setattr("spacy_rehearsal.audit.audit.CHECKS", finding.CHECKS)

    @check("empty_texts", is_problem=False)
    def find_empty_texts(data: AuditData) -> Optional[Found]:
        empty = [text.place for text in data.texts if not text.doc.text.strip()]
        return Found("Empty texts", "Leave them out.", len(empty)) if empty else None

    assert "empty_texts" not in find([("Etsy", [])])
    found = find([("Etsy", []), (" ", [])])["empty_texts"]
    assert (found.count, found.is_problem, found.examples) == (1, False, [])


def test_findings_are_listed_in_order() -> None:
    assert list(CHECKS) == [
        *("inconsistent", "misplaced", "moved", "misaligned", "overlapping"),
        *("duplicates", "judgement"),
        *("white_space", "label_per_file", "not_annotated"),
        *("inside_base_label", "indistinct", "unlabelled_base_entities"),
        *("unlabelled_own_entities", "few_examples"),
    ]
