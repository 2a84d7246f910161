from pathlib import Path
from typing import Any, List, Tuple

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_rehearsal.growth.component import find_original, shrink_component
from tests.growth.util import grow_pipeline
from tests.util import SENTENCES, TOK2VEC, make_example

TEXT = "Ann sells mugs . It rained . Joe runs in Oslo ."


def shrink(path: Path, component: str) -> Language:
    nlp = spacy.load(path)
    original = find_original(nlp, component)
    assert original is not None
    shrink_component(nlp, component, original)
    return nlp


def get_parse(doc: Doc) -> List[Tuple[str, int, str]]:
    return [(token.dep_, token.head.i, token.ent_type_) for token in doc]


def get_weights(nlp: Language, component: str) -> bytes:
    pipe: Any = nlp.get_pipe(component)
    weights: bytes = pipe.model.to_bytes()
    return weights


@pytest.mark.parametrize("component", ["ner", "parser"])
def test_what_has_grown_twice_becomes_what_it_was(
    token_model: Path, component: str, tmp_path: Path
) -> None:
    once = grow_pipeline(token_model, component, tmp_path / "once")
    twice = grow_pipeline(once, component, tmp_path / "twice")
    base = spacy.load(token_model)
    assert get_parse(spacy.load(twice)(TEXT)) != get_parse(base(TEXT))
    nlp = shrink(twice, component)
    assert get_parse(nlp(TEXT)) == get_parse(base(TEXT))
    assert get_weights(nlp, component) == get_weights(base, component)
    assert nlp.config["components"] == base.config["components"]
    assert nlp.pipe_names == base.pipe_names


def test_without_an_upper_layer(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "ner"}
    sizes = {"extra_state_tokens": False, "hidden_width": 16, "maxout_pieces": 2}
    block = {**model, **sizes, "use_upper": False, "tok2vec": TOK2VEC}
    nlp.add_pipe("ner", config={"model": block})
    nlp.initialize(lambda: [make_example(nlp, *SENTENCES)])
    nlp.to_disk(tmp_path / "base")
    grown = grow_pipeline(tmp_path / "base", "ner", tmp_path / "grown")
    assert get_weights(shrink(grown, "ner"), "ner") == get_weights(nlp, "ner")


def test_labels_and_their_order_stay(token_model: Path, tmp_path: Path) -> None:
    path = grow_pipeline(token_model, "ner", tmp_path / "grown", label="GOODS")
    grown, nlp = spacy.load(path), shrink(path, "ner")
    pipes: List[Any] = [
        p.get_pipe("ner") for p in (nlp, grown, spacy.load(token_model))
    ]
    small, large, base = pipes
    assert small.labels == large.labels == ("GOODS", *base.labels)  # sorted
    assert small.move_names == large.move_names
    assert small.cfg == large.cfg
    layers = [pipe.model.get_ref("upper") for pipe in pipes]
    assert [layer.get_dim("nI") for layer in layers] == [64, 128, 64]
    n_actions = large.moves.n_moves
    assert [layer.get_dim("nO") for layer in layers[:2]] == [n_actions, n_actions]
    new, grown_new = (layer.get_param("W")[-1] for layer in layers[:2])
    assert (new == grown_new[:64]).all()


def test_what_has_not_grown_has_nothing_smaller_in_it(
    token_model: Path, tmp_path: Path
) -> None:
    base = spacy.load(token_model)
    for name in ("ner", "parser", "tagger"):
        assert find_original(base, name) is None
    nlp = spacy.load(grow_pipeline(token_model, "ner", tmp_path / "grown"))
    ner: Any = nlp.get_pipe("ner")
    # trained as a whole, the first units read the new ones
    ner.model.get_ref("tok2vec").layers[-1].get_param("W")[:] += 0.1
    assert find_original(nlp, "ner") is None
