"""Components that listen to a transformer grow, and share it as before."""

from pathlib import Path
from typing import Any, List, Tuple

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from tests.growth.util import change_new_units, make_grown, score_states
from tests.transformers.conftest import RAW
from tests.transformers.util import get_transformer_bytes

TEXTS = [RAW[0], "", RAW[1], " ", RAW[-1]]


def get_annotation(doc: Doc) -> List[Tuple[Any, ...]]:
    tokens = [(t.tag_, t.head.i, t.dep_) for t in doc]
    return [*tokens, *((e.start, e.end, e.label_) for e in doc.ents)]


@pytest.mark.parametrize("name", ["ner", "parser"])
def test_networks_grow_twice(base_model: Path, tmp_path: Path, name: str) -> None:
    base = spacy.load(base_model)
    once = make_grown(base, base_model, name)
    once.to_disk(tmp_path / "once")
    twice = make_grown(once, tmp_path / "once", name)
    twice.to_disk(tmp_path / "twice")
    twice = spacy.load(tmp_path / "twice")
    before = [get_annotation(doc) for doc in base.pipe(TEXTS)]
    assert any(row[-1] == "PERSON" for rows in before for row in rows)
    for nlp in (once, twice):
        assert [get_annotation(doc) for doc in nlp.pipe(TEXTS)] == before
        assert get_transformer_bytes(nlp) == get_transformer_bytes(base)
        assert count_encoders(nlp) == 1


def count_encoders(nlp: Language) -> int:
    """Count the networks of PyTorch in a pipeline."""
    models = (getattr(pipe, "model", None) for _, pipe in nlp.pipeline)
    nodes = (node for model in models if model for node in model.walk())
    return sum(len(node.shims) for node in nodes)


def test_new_units_hear_what_the_old_ones_hear(base_model: Path) -> None:
    base = spacy.load(base_model)
    nlp = make_grown(base, base_model, "ner")
    # neither package makes anything of a text without words, alone
    texts = [text for text in TEXTS if text.strip()]
    before = score_states(nlp, "ner", texts)
    numpy.testing.assert_allclose(before, score_states(base, "ner", texts), atol=1e-4)
    change_new_units(base, nlp, "ner")
    assert abs(score_states(nlp, "ner", texts) - before).max() > 0.1
    # one text at a time, as in a batch
    alone = [get_annotation(nlp(text)) for text in texts]
    assert [get_annotation(doc) for doc in nlp.pipe(texts)] == alone
