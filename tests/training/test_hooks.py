"""What changes `nlp.update` and `nlp.evaluate`, for how long, and what stays."""

from contextlib import nullcontext
from inspect import getattr_static
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import fix_random_seed, load_config
from thinc.api import ConfigValidationError

from spacy_rehearsal.training.callbacks import create_dropout_schedule
from spacy_rehearsal.training.hooks import Substitute, get_hooks
from tests.util import BASE_MODEL, NER_CFG, SENTENCES, make_example


def update_tagger(pipe: Any, examples: List[Any], *, drop: float, losses: Dict) -> None:
    pipe.update(examples, drop=drop, losses=losses)


def is_unchanged(nlp: Language) -> bool:
    return not {"update", "evaluate"} & set(vars(nlp))


def test_a_component_is_updated_in_its_place(token_model: Path) -> None:
    """Also one that shares a tok2vec with components that come after it."""
    weights, losses = [], []
    for is_substituted in (True, False):
        fix_random_seed(0)
        nlp = spacy.load(token_model)
        examples = [make_example(nlp, sentence) for sentence in SENTENCES]
        optimizer = nlp.resume_training()
        if is_substituted:
            get_hooks(nlp).set_component_update(
                "tagger", update_tagger, owner=update_tagger
            )
        for _ in range(3):
            losses.append(nlp.update(examples, sgd=optimizer))
        pipes: List[Any] = [nlp.get_pipe(name) for name in ("tok2vec", "tagger")]
        weights.append([pipe.to_bytes() for pipe in pipes])
        assert type(nlp.get_pipe("tagger")).__name__ == "Tagger"
    assert losses[:3] == losses[3:]
    assert weights[0] == weights[1]


def test_a_component_that_is_updated_otherwise_looks_trainable(
    token_model: Path,
) -> None:
    """Python 3.12 and later look for what a protocol asks for in the instance alone."""
    nlp = spacy.load(token_model)
    substitute = Substitute(nlp.get_pipe("tagger"), update_tagger, nullcontext)
    for name in ("model", "is_trainable", "update", "finish_update"):
        assert getattr_static(substitute, name)


def test_what_is_put_around_the_update_stays_and_gets_the_old_one(
    token_model: Path,
) -> None:
    nlp = spacy.load(token_model)
    callback = create_dropout_schedule([0.5])
    callback(nlp, {})
    hooks, update = get_hooks(nlp), nlp.update
    nlp.update = lambda *args, **kwargs: update(*args, **kwargs)  # type: ignore
    del callback
    assert hooks.drop is None
    assert nlp.update([]) == {}


def test_a_component_that_is_excluded_is_not_updated(token_model: Path) -> None:
    nlp = spacy.load(token_model)
    get_hooks(nlp).set_component_update("tagger", update_tagger, owner=update_tagger)
    before = nlp.get_pipe("tagger").model.to_bytes()  # type: ignore
    names = [name for name in nlp.pipe_names if name not in ("tok2vec", "parser")]
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    losses = nlp.update(examples, sgd=nlp.resume_training(), exclude=names)
    assert "tagger" not in losses and "parser" in losses
    assert nlp.get_pipe("tagger").model.to_bytes() == before  # type: ignore


def test_a_component_that_is_updated_otherwise_can_annotate(token_model: Path) -> None:
    nlp = spacy.load(token_model)
    seen: List[List[str]] = []

    def look(pipe: Any, examples: List[Any], *, drop: float, losses: Dict) -> None:
        seen.extend([token.tag_ for token in eg.predicted] for eg in examples)

    get_hooks(nlp).set_component_update("tagger", update_tagger, owner=update_tagger)
    get_hooks(nlp).set_component_update("ner", look, owner=look)
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    nlp.update(examples, sgd=nlp.resume_training(), annotates=["tagger"])
    assert list(map(len, seen)) == [len(sentence["tags"]) for sentence in SENTENCES]
    assert all(tag for tags in seen for tag in tags)


def test_a_component_that_is_not_there_is_named(token_model: Path) -> None:
    nlp = spacy.load(token_model)
    with pytest.raises(ConfigValidationError, match="has no 'tager', it has: tok2vec"):
        get_hooks(nlp).set_component_update("tager", update_tagger, owner=nlp)
    with pytest.raises(ConfigValidationError, match="has no 'tager'"):
        get_hooks(nlp).leave_out(["tager"])
    assert is_unchanged(nlp)


def test_an_update_is_put_back_when_its_callback_is_gone(token_model: Path) -> None:
    nlp = spacy.load(token_model)
    callback = create_dropout_schedule([0.5])
    for step in range(2):
        callback(nlp, {"step": step})
    assert get_hooks(nlp).drop == 0.5
    assert "update" in vars(nlp)
    del callback
    assert is_unchanged(nlp)


def test_what_another_package_put_in_place_is_called_and_comes_back(
    token_model: Path,
) -> None:
    nlp = spacy.load(token_model)
    calls = []

    def update(examples: Any, **kwargs: Any) -> Dict[str, float]:
        calls.append(kwargs["drop"])
        return {}

    nlp.update = update  # type: ignore
    callback = create_dropout_schedule([0.5])
    callback(nlp, {})
    nlp.update([])
    assert calls == [0.5]
    del callback
    assert nlp.update == update


def test_others_than_the_training_loop_evaluate_everything(nlp: Language) -> None:
    doc = nlp("Ann Lee lives in Oslo.")
    get_hooks(nlp).leave_out(["tagger", "parser"])
    assert "evaluate" in vars(nlp)
    scores = nlp.evaluate([Example(nlp.make_doc(doc.text), doc)])
    assert scores["ents_f"] == scores["tag_acc"] == scores["dep_las"] == 1.0
    assert is_unchanged(nlp)


@pytest.mark.slow
def test_a_training_run_evaluates_what_is_in_training_and_ends_as_it_began(
    sample: Path, tmp_path: Path
) -> None:
    overrides = {
        **{f"paths.{name}": str(sample / f"{name}.spacy") for name in ("train", "dev")},
        "paths.raw": str(sample / "raw.jsonl"),
        "paths.base_model": BASE_MODEL,
        "training.max_steps": 2,
        "training.eval_frequency": 1,
        "training.logger.logger.progress_bar": False,
    }
    nlp = init_nlp(load_config(NER_CFG, overrides=overrides))
    assert "evaluate" in vars(nlp)
    train(nlp, tmp_path, use_gpu=-1)
    assert is_unchanged(nlp)
    performance = spacy.load(tmp_path / "model-last").meta["performance"]
    assert performance["agreement_f"] > 0.5
    base = spacy.load(BASE_MODEL).meta["performance"]
    assert performance["tag_acc"] == base["tag_acc"] > 0.9
    docs = DocBin().from_disk(sample / "base_gold.spacy").get_docs(nlp.vocab)
    scores = nlp.evaluate([Example(nlp.make_doc(doc.text), doc) for doc in docs])
    assert scores["ents_f"] > 0.5
