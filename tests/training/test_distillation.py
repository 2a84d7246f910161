from typing import Any, Dict, List, Tuple

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import NumpyOps, fix_random_seed

from spacy_rehearsal.readers.source import LABELS_KEY, MEMORY, SILVER, set_source
from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.training import distillation
from spacy_rehearsal.training.distillation import Distillation
from spacy_rehearsal.training.hooks import get_hooks
from tests.util import get_ents, make_doc

TEXT = "Ann Lee flew from Oslo to Rome for $300 on Sunday."


@pytest.fixture
def distill(teacher: Teacher) -> Distillation:
    return Distillation(teacher, "ner")


def make_silver(nlp: Language, text: str) -> Example:
    return Example(nlp.make_doc(text), nlp(text))


def get_loss(nlp: Language, distill: Distillation, *examples: Example) -> float:
    losses: Dict[str, float] = {}
    distill(nlp.get_pipe("ner"), examples, drop=0.0, losses=losses)
    return losses["ner"]


def get_gradients(nlp: Language) -> List[numpy.ndarray]:
    """Get the gradients of the entity recognizer, and reset them."""
    found = [
        node.get_grad(name).copy()
        for node in nlp.get_pipe("ner").model.walk()  # type: ignore[attr-defined]
        for name in node.grad_names
        if node.has_grad(name)
    ]
    for node in nlp.get_pipe("ner").model.walk():  # type: ignore[attr-defined]
        for name in node.grad_names:
            node.set_grad(name, numpy.zeros_like(node.get_grad(name)))
    return found


def get_no_dropout(self: NumpyOps, shape: Tuple[int, ...], drop: float) -> Any:
    return numpy.ones(shape, dtype="f")


def learn(nlp: Language, distill: Distillation, examples: List[Example]) -> None:
    fix_random_seed(0)
    get_hooks(nlp).set_component_update("ner", distill, owner=distill)
    sgd = nlp.resume_training()
    with nlp.select_pipes(enable="ner"):
        for _ in range(100):
            nlp.update(examples, sgd=sgd, drop=0.1)


def test_who_agrees_with_the_teacher_learns_nothing(
    nlp: Language, distill: Distillation
) -> None:
    example = make_silver(nlp, TEXT)
    assert len(example.reference.ents) == 5
    without_date = make_doc(TEXT, *[e for e in get_ents(nlp(TEXT)) if e[1] != "DATE"])
    disagreeing = Example(nlp.make_doc(TEXT), without_date)
    # not zero: spaCy's parsers always drop a tenth of their hidden layer
    loss = get_loss(nlp, distill, example)
    assert get_loss(nlp, distill, disagreeing) > 100 * loss


@pytest.mark.slow
def test_annotation_beats_the_teacher(nlp: Language, distill: Distillation) -> None:
    gold = make_doc("Ann Lee posts on Pennyworth.", ("Ann Lee", "PERSON"))
    nlp.vocab.strings.add("WEBSITE")
    website = make_doc(gold.text, ("Ann Lee", "PERSON"), ("Pennyworth", "WEBSITE"))
    other = make_silver(nlp, TEXT)
    before = get_ents(other.reference)
    learn(nlp, distill, [Example(nlp.make_doc(gold.text), website), other])
    assert get_ents(nlp(gold.text)) == get_ents(website)
    assert get_ents(nlp(other.text)) == before
    # and what the teacher finds can be unlearned
    learn(nlp, distill, [Example(nlp.make_doc(TEXT), make_doc(TEXT))])
    assert get_ents(nlp(TEXT)) == []


def test_missing_annotation_teaches_nothing(
    nlp: Language, distill: Distillation
) -> None:
    example = make_silver(nlp, TEXT)
    example.reference.set_ents([], default="missing")
    assert get_loss(nlp, distill, example) == 0.0
    example.reference.set_ents(
        [Span(example.reference, 0, 2, "ORG")], default="missing"
    )
    loss = get_loss(nlp, distill, example)
    assert loss > 0.1
    example.reference.set_ents(
        [Span(example.reference, 0, 2, "ORG")], default="outside"
    )
    assert get_loss(nlp, distill, example) > loss + 0.1


def test_no_entity_in_a_memory_may_have_a_new_label(
    nlp: Language, distill: Distillation
) -> None:
    ner: Any = nlp.get_pipe("ner")
    ner.add_label("WEBSITE")
    # let the model take any word for a website
    ner.model.attrs["unseen_classes"].clear()
    upper = ner.model.get_ref("upper")
    upper.get_param("b")[distillation.get_actions(ner).index("U-WEBSITE")] = 50

    def get_loss_of(text: str, source: str) -> float:
        (doc,) = distill.teacher.predict([text])
        example = Example(nlp.make_doc(text), doc)
        set_source(example.reference, source)
        return get_loss(nlp, distill, example)

    nothing = "It was late and very cold."
    assert get_loss_of(nothing, SILVER) > 5
    assert get_loss_of(nothing, MEMORY) < 0.1
    # but what has a label of the teacher's has no other
    assert get_loss_of("It was late in Oslo.", MEMORY) > 1


def test_no_entity_in_a_pass_may_have_a_label_of_another(
    nlp: Language, distill: Distillation
) -> None:
    ner: Any = nlp.get_pipe("ner")
    for label in ("WEBSITE", "BRAND"):
        ner.add_label(label)
    ner.model.attrs["unseen_classes"].clear()
    upper = ner.model.get_ref("upper")
    upper.get_param("b")[distillation.get_actions(ner).index("U-WEBSITE")] = 50

    def get_loss_of(labels: List[str]) -> float:
        (doc,) = distill.teacher.predict(["It was late and very cold."])
        example = Example(nlp.make_doc(doc.text), doc)
        example.reference.user_data[LABELS_KEY] = labels
        return get_loss(nlp, distill, example)

    assert get_loss_of(["BRAND"]) < 0.1
    assert get_loss_of(["WEBSITE"]) > 5


def test_annotation_weighs_as_much_as_is_set(
    nlp: Language, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NumpyOps, "get_dropout_mask", get_no_dropout)
    silver = make_silver(nlp, TEXT)
    corrected = make_silver(nlp, TEXT)
    corrected.reference.set_ents([], default="outside")
    heavy = Distillation(teacher, "ner", annotation_weight=3.0)
    light = Distillation(teacher, "ner")
    assert get_loss(nlp, heavy, silver) == get_loss(nlp, light, silver)
    ratio = get_loss(nlp, heavy, corrected) / get_loss(nlp, light, corrected)
    assert 8 < ratio <= 9


def test_long_docs_are_scored_in_parts(
    nlp: Language, distill: Distillation, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = [make_silver(nlp, TEXT * 3), make_silver(nlp, "Oslo is cold.")]
    for example in examples:
        example.reference.set_ents([], default="outside")
    monkeypatch.setattr(NumpyOps, "get_dropout_mask", get_no_dropout)
    loss = get_loss(nlp, distill, *examples)
    gradients = get_gradients(nlp)
    monkeypatch.setattr(distillation, "MAX_STATES", 7)
    assert get_loss(nlp, distill, *examples) == pytest.approx(loss, rel=1e-4)
    assert gradients
    for one, other in zip(gradients, get_gradients(nlp)):
        numpy.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_incorrect_spans_are_left_to_the_component(distill: Distillation) -> None:
    nlp = spacy.blank("en")
    ner: Any = nlp.add_pipe("ner", config={"incorrect_spans_key": "no"})
    ner.add_label("PERSON")
    nlp.initialize()
    doc = nlp.make_doc("Ann Lee left.")
    doc.spans["no"] = [Span(doc, 0, 2, "PERSON")]
    doc.set_ents([], default="missing")
    example = Example(nlp.make_doc(doc.text), doc)
    distill.add_labels(ner)
    expected: Dict[str, float] = {}
    ner.update([example], losses=expected)
    losses: Dict[str, float] = {}
    distill(ner, [example], drop=0.0, losses=losses)
    assert losses == pytest.approx(expected)


def test_entities_across_sentences_and_empty_docs_are_no_obstacle(
    nlp: Language, distill: Distillation
) -> None:
    doc = nlp.make_doc("Ann met Lee . Oslo was cold .")
    reference = doc.copy()
    reference.set_ents([Span(reference, 2, 5, "PERSON")], default="outside")
    doc[4].is_sent_start = True
    empty = Doc(nlp.vocab)
    examples = [Example(empty, empty.copy()), Example(doc, reference)]
    assert 0 < get_loss(nlp, distill, *examples) < numpy.inf
    assert get_loss(nlp, distill) == 0.0


@pytest.mark.slow
def test_a_recognizer_learns_labels_of_the_teacher_that_it_lacks(
    teacher: Teacher,
) -> None:
    nlp = spacy.blank("en")
    ner: Any = nlp.add_pipe("ner")
    ner.add_label("WEBSITE")
    nlp.initialize()
    texts = [TEXT, "Ann Lee left Rome on Sunday.", "Oslo is cold."]
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in teacher.predict(texts)]
    learn(nlp, Distillation(teacher, "ner"), examples)
    assert set(teacher.nlp.pipe_labels["ner"]) < set(ner.labels)
    assert ("Oslo", "GPE") in get_ents(nlp(TEXT))
