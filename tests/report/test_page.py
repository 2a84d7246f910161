import re

from spacy_rehearsal.report.page import render_annotations


def test_overlapping_spans_are_shown_below_each_other() -> None:
    text = "Three red mugs, made by Ann Lee & co in Oslo."
    spans = [(0, 14, "GOODS"), (6, 14, "GOODS"), (24, 31, "PERSON"), (24, 36, "ORG")]
    colors = {"GOODS": "gold", "PERSON": "pink", "ORG": "plum"}
    markup = render_annotations(text, spans, colors)
    assert markup.count("gold; z-index") == 2
    for label in ("PERSON", "ORG"):
        assert len(re.findall(rf"\s{label}\s", markup)) == 1
    for word in ("red", "mugs", "Lee", "&amp;", "Oslo."):
        assert len(re.findall(rf"\s{re.escape(word)}\s", markup)) == 1


def test_the_root_of_white_space_is_shown() -> None:
    text = "He left.\n\n"
    annotations = [(3, 7, "ROOT", 3), (8, 10, "ROOT", 8)]
    assert "ROOT of left." in render_annotations(text, annotations, {"ROOT": "plum"})
