from pathlib import Path
from typing import Any, List, Tuple

import pytest
import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry
from thinc.api import ConfigValidationError, Linear

from spacy_rehearsal.kinds.spans import EntityCompletion
from spacy_rehearsal.teacher.teacher import Teacher
from tests.kinds.util import make_kind, read
from tests.util import get_ents, make_doc, make_pipeline

TEXT = "Reddit founder Alexis Ohanian gave away two Metallica tickets"


def get_iob(doc: Doc) -> str:
    """One character a token: 0 missing, 1 inside, 2 outside, 3 begin or blocked."""
    return "".join(str(token.ent_iob) for token in doc)


def test_adds_what_gold_leaves_unlabelled() -> None:
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


def test_gold_wins_where_entities_overlap() -> None:
    complete = EntityCompletion({"PRODUCT"})
    text = "Android Pay expands to Canada"
    gold = make_doc(text, ("Android Pay", "PRODUCT"))
    silver = make_doc(text, ("Android", "PERSON"), ("Canada", "GPE"))
    doc = complete(gold, silver)
    assert get_ents(doc) == [("Android Pay", "PRODUCT"), ("Canada", "GPE")]
    assert complete.counts == {"overlaps_gold": 1, "added": 1}


def test_rest_of_an_overlapping_entity_is_missing() -> None:
    text = "Bank of Etsy called"
    gold = make_doc(text, ("Etsy", "WEBSITE"))
    doc = EntityCompletion({"WEBSITE"})(gold, make_doc(text, ("Bank of Etsy", "ORG")))
    assert get_ents(doc) == [("Etsy", "WEBSITE")]
    assert get_iob(doc) == "0032"


def test_labels_of_the_gold_belong_to_the_gold() -> None:
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


def test_missing_tokens_stay_missing_or_take_the_teachers_entity() -> None:
    gold = make_doc(TEXT)
    gold.set_ents([], missing=[gold[2:6]])
    silver = make_doc(TEXT, ("Alexis Ohanian", "PERSON"))
    kept = EntityCompletion({"WEBSITE"})(gold, silver)
    assert get_ents(kept) == []
    assert get_iob(kept) == "220000222"
    filled = EntityCompletion({"WEBSITE"}, fill_missing=True)(gold, silver)
    assert get_ents(filled) == [("Alexis Ohanian", "PERSON")]
    assert get_iob(filled) == "223100222"


def test_blocked_and_incorrect_annotations_stay() -> None:
    gold = make_doc(TEXT)
    gold.set_ents([], blocked=[gold[2:4]])
    silver = make_doc(TEXT, ("Alexis Ohanian", "PERSON"), ("Metallica", "ORG"))
    gold.spans["incorrect"] = [Span(gold, 7, 8, "ORG")]
    complete = EntityCompletion({"WEBSITE"}, incorrect_spans_key="incorrect")
    doc = complete(gold, silver)
    assert get_ents(doc) == []
    assert get_iob(doc) == "222222202"
    assert complete.counts == {"blocked": 1, "incorrect": 1}


def test_aligns_by_characters_and_counts_what_does_not_align() -> None:
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


def test_base_labels_and_label_map() -> None:
    text = "Ann went to Berlin in May"
    gold = make_doc(text, ("Berlin", "TOURIST_DESTINATION"))
    silver = make_doc(text, ("Ann", "PERSON"), ("Berlin", "GPE"), ("May", "DATE"))
    complete = EntityCompletion(
        {"GPE"}, base_labels=["PERSON"], label_map={"TOURIST_DESTINATION": "GPE"}
    )
    doc = complete(gold, silver)
    assert get_ents(doc) == [("Ann", "PERSON"), ("Berlin", "GPE")]
    assert get_iob(doc) == "322322"


def test_keeps_the_other_annotation_of_the_gold() -> None:
    gold = make_doc(TEXT, ("Reddit", "WEBSITE"))
    gold.cats = {"MUSIC": 1.0}
    gold.ents = [Span(gold, 0, 1, "WEBSITE", kb_id="Q1136")]
    doc = EntityCompletion({"WEBSITE"})(gold, make_doc(TEXT, ("two", "CARDINAL")))
    assert doc.cats == {"MUSIC": 1.0}
    assert doc.ents[0].kb_id_ == "Q1136"


def read_spans(model: Path, *spans: Tuple[int, int, str], **settings: Any) -> List:
    nlp = spacy.load(model)
    gold = nlp.make_doc("Ann sells mugs .")
    gold.spans["sc"] = [Span(gold, *span) for span in spans]
    [example] = read(nlp, model, "spancat", [gold], **settings)
    assert list(gold.spans["sc"]) == [Span(gold, *span) for span in spans]
    group = example.reference.spans["sc"]
    return sorted((span.start, span.end, span.label_) for span in group)


def test_completes_spans_with_labels_that_the_gold_does_not_use(
    spancat_model: Path,
) -> None:
    ann, mugs = (0, 1, "PERSON"), (2, 3, "GOODS")
    action, wrong = (1, 3, "ACTION"), (2, 3, "PERSON")
    assert read_spans(spancat_model) == [ann, mugs]
    assert read_spans(spancat_model, action) == [ann, action, mugs]
    assert read_spans(spancat_model, wrong) == [mugs, wrong]
    assert read_spans(spancat_model, wrong, partial_gold=True) == [ann, mugs, wrong]
    assert read_spans(spancat_model, labels=["GOODS"]) == [mugs]
    mapped = read_spans(spancat_model, action, label_map={"ACTION": "GOODS"})
    assert mapped == [ann, (1, 3, "GOODS")]


def test_settings_that_mean_nothing_to_a_component_are_refused(
    spancat_model: Path, token_model: Path
) -> None:
    for model, component in ((spancat_model, "spancat"), (token_model, "tagger")):
        with pytest.raises(ConfigValidationError, match=r"fill_missing.*means nothing"):
            read(spacy.load(model), model, component, [], fill_missing=True)


def test_gold_spans_win_where_spans_exclude_each_other(spancat_model: Path) -> None:
    nlp = spacy.load(spancat_model)
    pipe: Any = nlp.get_pipe("spancat")
    silver = nlp("Ann sells mugs .")
    gold = nlp.make_doc(silver.text)
    gold.spans["sc"] = [Span(gold, 2, 3, "NEW"), Span(gold, 0, 2, "NEW")]

    def complete(**cfg: Any) -> List[str]:
        pipe.cfg.update(cfg)
        completion = make_kind("spancat").create_completion(pipe, gold_labels=["NEW"])
        doc = completion(gold, silver)
        return sorted(span.label_ for span in doc.spans["sc"])

    assert complete() == ["GOODS", "NEW", "NEW", "PERSON"]
    assert complete(max_positive=1) == ["NEW", "NEW", "PERSON"]
    assert complete(allow_overlap=False) == ["NEW", "NEW"]


def test_says_which_spancat_can_not_be_rehearsed(tmp_path: Path) -> None:
    suggester = {"@misc": "spacy.preset_spans_suggester.v1", "spans_key": "x"}
    nlp = spacy.blank("en")
    nlp.add_pipe("spancat", config={"suggester": suggester})
    nlp.to_disk(tmp_path)
    with pytest.raises(ConfigValidationError, match="another component suggests"):
        Teacher(tmp_path, components=["spancat"])


def test_says_which_component_takes_no_new_label(spancat_model: Path) -> None:
    pipe: Any = spacy.load(spancat_model).get_pipe("spancat")
    pipe.add_negative_label = True
    add_label: Any = make_kind("spancat").add_label
    with pytest.raises(NotImplementedError, match="Train a component of its own"):
        add_label(pipe, "NEW")
    categorizer: Any = spacy.blank("en").add_pipe("textcat")
    categorizer.model = Linear()
    add_label = make_kind("textcat").add_label
    with pytest.raises(NotImplementedError, match="Train a component of its own"):
        add_label(categorizer, "NEW")


def test_spans_of_a_single_label_are_completed_and_take_no_new_one(
    tmp_path: Path,
) -> None:
    component, text = "spancat_singlelabel", "Ann sells mugs ."
    model = make_pipeline(tmp_path / "base", component)
    config = {
        "@readers": "spacy-rehearsal.RehearsalCorpus.v1",
        "component": component,
        "gold": lambda nlp: [Example(nlp.make_doc(text), nlp.make_doc(text))],
        "teacher": Teacher(model, components=[component]),
    }
    nlp = spacy.load(model)
    [example] = registry.resolve({"corpus": config})["corpus"](nlp)
    found = [(span.text, span.label_) for span in example.reference.spans["sc"]]
    doc = nlp(text)
    assert found == [(span.text, span.label_) for span in doc.spans["sc"]]
    assert ("Ann", "PERSON") in found
    with pytest.raises(NotImplementedError, match="Train a component of its own"):
        make_kind(component).add_label(nlp.get_pipe(component), "NEW")
