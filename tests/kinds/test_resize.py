from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from spacy.training import Example

from spacy_rehearsal.kinds.registry import kinds
from spacy_rehearsal.kinds.resize import add_output
from tests.util import SENTENCES, make_example


def test_adds_the_mean_of_the_others_and_leaves_them_as_they_are(
    token_model: Path,
) -> None:
    nlp = spacy.load(token_model)
    tagger: Any = nlp.get_pipe("tagger")
    docs = [nlp.make_doc("Ann sells mugs .")]
    nlp.get_pipe("tok2vec").predict(docs)  # type: ignore[attr-defined]
    [before] = tagger.model.predict(docs)
    add_output(tagger.model, tagger.model.get_ref("output_layer"))
    assert tagger.model.get_dim("nO") == before.shape[1] + 1
    [after] = tagger.model.predict(docs)
    assert after.shape == (4, before.shape[1] + 1)
    assert numpy.allclose(after[:, :-1], before, atol=1e-4)
    assert numpy.allclose(after[:, -1], before.mean(axis=1), atol=1e-4)


@pytest.mark.parametrize("factory", ["textcat", "textcat_multilabel"])
def test_an_ensemble_takes_a_category_nearly_keeps_the_others_and_learns_it(
    tmp_path: Path, factory: str
) -> None:
    nlp = spacy.blank("en")
    pipe: Any = nlp.add_pipe(factory)
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(15):
        nlp.update(examples, sgd=optimizer)
    before = nlp("Ann sells mugs .").cats
    kinds.get(factory)().add_label(pipe, "NEW")
    after = nlp("Ann sells mugs .").cats
    assert after["NEW"] < max(before.values())
    kept = sum(after[label] for label in before) if factory == "textcat" else 1
    for label, score in before.items():
        assert after[label] / kept == pytest.approx(score, abs=0.01)
    for example in examples:
        example.reference.cats["NEW"] = 0.0
    cats = {**dict.fromkeys(before, 0.0), "NEW": 1.0}
    new = Example.from_dict(nlp.make_doc("a new thing !"), {"cats": cats})
    for _ in range(30):
        nlp.update([*examples, new], sgd=optimizer)
    nlp.to_disk(tmp_path)
    assert spacy.load(tmp_path)("a new thing !").cats["NEW"] > 0.8
    assert nlp("Ann sells mugs .").cats["NEW"] < 0.5
