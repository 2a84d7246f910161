"""What training has changed is found, however that was, and scaled."""

from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import ConfigValidationError

from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.tuning.ancestry import find_scaling
from spacy_rehearsal.tuning.bias import apply_bias
from tests.util import get_ents

TEXTS = [
    "Ann sells mugs .",
    "Joe sells mugs in Oslo .",
    "It rained . Ann runs .",
    "Joe sells Ann in mugs Oslo .",
]


def is_grown(trained: Path) -> bool:
    return "concatenate.v1" in (trained / "config.cfg").read_text(encoding="utf8")


def get_ner(nlp: Language) -> Any:
    return nlp.get_pipe("ner")


def test_scale_1_changes_nothing(trained_nlp: Language, tiny_teacher: Teacher) -> None:
    before = get_ner(trained_nlp).to_bytes()
    scaling = find_scaling(trained_nlp, "ner", tiny_teacher.nlp)
    scaling.set(0.3)
    assert get_ner(trained_nlp).to_bytes() != before
    scaling.set(1.0)
    assert get_ner(trained_nlp).to_bytes() == before


def test_scale_0_undoes_what_was_learned_of_old_labels(
    trained_nlp: Language, tiny_teacher: Teacher
) -> None:
    find_scaling(trained_nlp, "ner", tiny_teacher.nlp).set(0.0)
    docs = [trained_nlp.make_doc(text) for text in TEXTS]
    base_docs = [tiny_teacher.nlp(text) for text in TEXTS]
    apply_bias(trained_nlp, "ner", {"GOODS": -1000.0, "ACT": -1000.0})
    assert [get_ents(trained_nlp(doc)) for doc in docs] == [*map(get_ents, base_docs)]
    ner, base_ner = get_ner(trained_nlp), get_ner(tiny_teacher.nlp)
    with trained_nlp.select_pipes(enable=["tok2vec"]):
        states = ner.moves.init_batch([trained_nlp(doc) for doc in docs])
    tokens = [state.doc for state in states]
    scores = ner.model.predict(tokens).predict(states)
    expected = base_ner.model.predict(base_docs).predict(
        base_ner.moves.init_batch(base_docs)
    )
    assert scores[:, : expected.shape[1]] == pytest.approx(expected, abs=1e-4)


def test_only_what_depends_on_the_scale_is_computed_anew(
    trained: Path, trained_nlp: Language, tiny_teacher: Teacher
) -> None:
    scaling = find_scaling(trained_nlp, "ner", tiny_teacher.nlp)
    assert scaling.changes_encoder != is_grown(trained)


@pytest.mark.parametrize("trained", ["grown"], indirect=True)
def test_another_base_of_the_same_size(
    trained_nlp: Language, token_model: Path
) -> None:
    """Only one that has grown has the weights of its base in it."""
    for component, message in [
        ("ner", "its network is neither"),
        ("tok2vec", "listens to 'tok2vec', which is not as it is"),
    ]:
        base = spacy.load(token_model)
        pipe: Any = base.get_pipe(component)
        for node in pipe.model.walk():
            for name in node.param_names:
                node.set_param(name, node.get_param(name) + 1)
        with pytest.raises(ConfigValidationError, match=f"{message}.*--scale 1"):
            find_scaling(trained_nlp, "ner", base)


def test_a_base_of_another_size(trained_nlp: Language, token_model: Path) -> None:
    base = spacy.load(token_model)
    block = base.get_pipe_config("ner")
    model = {**block["model"], "hidden_width": 32}
    pipe: Any = base.replace_pipe("ner", "ner", config={"model": model})
    for label in ("PERSON", "GPE"):
        pipe.add_label(label)
    docs = [base.make_doc(text) for text in TEXTS]
    pipe.initialize(lambda: [Example(doc, doc) for doc in docs], nlp=base)
    with pytest.raises(ConfigValidationError, match="its network is neither"):
        find_scaling(trained_nlp, "ner", base)
