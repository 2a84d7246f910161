from pathlib import Path
from typing import Any

import numpy
import spacy

from spacy_rehearsal.kinds.resize import add_output


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
