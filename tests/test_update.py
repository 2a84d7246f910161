from pathlib import Path
from typing import Any, Dict, List

import spacy
from spacy.util import fix_random_seed

from spacy_rehearsal.update import get_update

from .util import SENTENCES, make_example


def update_tagger(pipe: Any, examples: List[Any], *, drop: float, losses: Dict) -> None:
    pipe.update(examples, drop=drop, losses=losses)


def test_a_component_is_updated_in_its_place(token_model: Path):
    """Also one that shares a tok2vec with components that come after it."""
    weights, losses = [], []
    for is_substituted in (True, False):
        fix_random_seed(0)
        nlp = spacy.load(token_model)
        examples = [make_example(nlp, sentence) for sentence in SENTENCES]
        optimizer = nlp.resume_training()
        if is_substituted:
            get_update(nlp).components["tagger"] = update_tagger
        for _ in range(3):
            losses.append(nlp.update(examples, sgd=optimizer))
        weights.append(
            [nlp.get_pipe(name).to_bytes() for name in ("tok2vec", "tagger")]
        )
        assert type(nlp.get_pipe("tagger")).__name__ == "Tagger"
    assert losses[:3] == losses[3:]
    assert weights[0] == weights[1]


def test_a_component_that_is_excluded_is_not_updated(token_model: Path):
    nlp = spacy.load(token_model)
    get_update(nlp).components["tagger"] = update_tagger
    before = nlp.get_pipe("tagger").model.to_bytes()  # type: ignore
    names = [name for name in nlp.pipe_names if name not in ("tok2vec", "parser")]
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    losses = nlp.update(examples, sgd=nlp.resume_training(), exclude=names)
    assert "tagger" not in losses and "parser" in losses
    assert nlp.get_pipe("tagger").model.to_bytes() == before  # type: ignore
