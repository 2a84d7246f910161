"""How sure the teacher is, as what components are trained on."""

from pathlib import Path
from typing import Any, List

import numpy
import pytest
import spacy
from spacy.training import Example

from spacy_rehearsal.readers.source import (
    SILVER,
    set_annotated_labels,
    set_source,
)
from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.training.callbacks import create_distillation
from spacy_rehearsal.training.soft_targets import soften
from tests.util import make_pipeline

TEXTS = ["Ann sells mugs .", "It rained on Joe .", "Joe runs in Oslo . It rained ."]
FACTORIES = [
    "tagger",
    "morphologizer",
    "senter",
    "trainable_lemmatizer",
    "textcat",
    "textcat_multilabel",
    "spancat",
    "spancat_singlelabel",
    "parser",
]


def test_what_the_teacher_agrees_with_is_softened() -> None:
    scores = numpy.asarray([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]], "f")
    annotation = numpy.asarray([[1, 0, 0], [0, 0, 1], [0, 0, 0]], "f")
    gradient = scores - annotation
    gradient[2] = 0  # missing
    targets = numpy.asarray([[0.8, 0.2], [0.9, 0.1], [0.5, 0.5]], "f")
    softened = soften(
        scores, gradient, targets, is_exclusive=True, annotation_weight=2.0
    )
    expected = [[-0.1, 0.0, 0.1], 2 * gradient[1], [0, 0, 0]]
    numpy.testing.assert_allclose(softened, expected, atol=1e-6)


def test_each_label_is_softened_where_several_can_be_true() -> None:
    scores = numpy.asarray([[0.7, 0.6, 0.1]], "f")
    gradient = scores - numpy.asarray([[1, 0, 1]], "f")
    targets = numpy.asarray([[0.8, 0.9]], "f")
    softened = soften(scores, gradient, targets, is_exclusive=False)
    numpy.testing.assert_allclose(softened, [[-0.1, 0.6, -0.9]], atol=1e-6)


def make_silver(teacher: Teacher, nlp: Any) -> List[Example]:
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in teacher.predict(TEXTS)]
    for example in examples:
        set_source(example.reference, SILVER)
        cats = example.reference.cats
        best = max(cats.values(), default=0)
        is_exclusive = "textcat" in nlp.pipe_names
        example.reference.cats = {
            label: float(score == best if is_exclusive else score >= 0.5)
            for label, score in cats.items()
        }
    return examples


@pytest.mark.parametrize("factory", FACTORIES)
def test_a_component_that_does_what_the_teacher_does_has_nothing_to_learn(
    tmp_path: Path, factory: str
) -> None:
    base = spacy.load(make_pipeline(tmp_path / "shared", "tok2vec", factory))
    if base.get_pipe("tok2vec").listening_components:  # type: ignore[attr-defined]
        base.replace_listeners("tok2vec", factory, ["model.tok2vec"])
    path = tmp_path / "base"
    base.to_disk(path)
    teacher = Teacher(path, components=[factory])
    changes = []
    for update in (create_distillation(teacher, factory).distillation, None):
        nlp = spacy.load(path)
        pipe: Any = nlp.get_pipe(factory)
        teacher.kinds[factory].create_completion(pipe)
        examples = make_silver(teacher, nlp)
        if update is None:
            pipe.update(examples, drop=0.0, losses={})
        else:
            update.add_labels(pipe)
            update(pipe, examples, drop=0.0, losses={})
        gradients = [
            abs(node.get_grad(name)).max()
            for node in pipe.model.walk()
            for name in node.grad_names
        ]
        changes.append(max(map(float, gradients), default=0.0))
    soft, hard = changes
    assert hard > 1e-5
    # a parser scores actions that it has never seen otherwise when it predicts
    assert soft < (0.2 if factory == "parser" else 0.01) * hard


def test_raw_text_says_nothing_of_new_labels_of_spans(tmp_path: Path) -> None:
    path = make_pipeline(tmp_path, "spancat")
    teacher = Teacher(path, components=["spancat"])
    update = create_distillation(teacher, "spancat").distillation
    gradients = []
    for is_silver in (True, False):
        nlp = spacy.load(path)
        pipe: Any = nlp.get_pipe("spancat")
        teacher.kinds["spancat"].add_label(pipe, "NEW")
        examples = make_silver(teacher, nlp)
        if not is_silver:
            for example in examples:
                set_source(example.reference, "gold")
        update(pipe, examples, drop=0.0, losses={})
        [layer] = [n for n in pipe.model.get_ref("scorer").walk() if n.has_grad("W")]
        gradients.append(abs(layer.get_grad("W")[-1]).max())
    assert gradients[0] == 0 < gradients[1]


def test_what_nobody_has_looked_for_is_left_open(spancat_model: Path) -> None:
    """In a text of the pass for PERSON, no SHOP is no verdict."""
    teacher = Teacher(spancat_model, components=["spancat"])
    nlp = spacy.load(spancat_model)
    pipe: Any = nlp.get_pipe("spancat")
    for label in ("SHOP", "TOWN"):
        teacher.kinds["spancat"].add_label(pipe, label)
    update: Any = create_distillation(teacher, "spancat").distillation
    gradients = []
    for looked_for in (None, ["PERSON", "TOWN"]):
        example = Example(nlp.make_doc(TEXTS[0]), nlp.make_doc(TEXTS[0]))
        if looked_for is not None:
            set_annotated_labels(example.reference, looked_for)
        docs = [example.predicted]
        spans = pipe.suggester(docs)
        scores = spans, pipe.model.predict((docs, spans))
        gradients.append(update.get_loss(pipe, pipe.get_loss, [example], scores)[1])
    shop, town = pipe.labels.index("SHOP"), pipe.labels.index("TOWN")
    assert gradients[0][:, shop].any()
    assert not gradients[1][:, shop].any()
    numpy.testing.assert_array_equal(gradients[0][:, town], gradients[1][:, town])
