from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
from spacy.training import Example

from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.training.imitation import Imitation
from tests.util import SENTENCES

TEXT = " ".join(word for sentence in SENTENCES for word in sentence["words"])


@pytest.mark.parametrize("component", ["ner", "parser"])
def test_who_does_what_the_teacher_does_learns_nothing(
    token_model: Path, component: str
) -> None:
    nlp = spacy.load(token_model)
    pipe: Any = nlp.get_pipe(component)
    imitate = Imitation(Teacher(token_model, components=[component]), component)

    def get_loss() -> float:
        doc = nlp.make_doc(TEXT)
        with nlp.select_pipes(enable="tok2vec"):
            doc = nlp(doc)  # what the parser listens to
        losses: Dict[str, float] = {}
        imitate(pipe, [Example(doc, doc)], drop=0.0, losses=losses)
        return losses[component]

    # not zero: spaCy's parsers always drop a tenth of their hidden layer
    loss = get_loss()
    pipe.model.get_ref("upper").get_param("b")[0] += 10
    assert get_loss() > 20 * loss


@pytest.mark.parametrize("component", ["ner", "parser"])
def test_follows_the_teacher_to_the_end(token_model: Path, component: str) -> None:
    teacher = Teacher(token_model, components=[component])
    [doc] = teacher.nlp.pipe([TEXT])
    pairs = list(Imitation(teacher, component).follow([teacher.nlp.make_doc(TEXT)]))
    pipe: Any = teacher.nlp.get_pipe(component)
    assert {len(scores) for _, scores in pairs} == {pipe.moves.n_moves}
    if component == "ner":
        assert len(pairs) == len(doc)  # an action a token
    else:
        assert len(pairs) > len(doc)
