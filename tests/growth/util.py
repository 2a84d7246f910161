"""Grow components without training."""

from pathlib import Path
from typing import Any, Dict, List, Union

import numpy
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

from spacy_rehearsal.base_pipeline import find_listened
from spacy_rehearsal.growth.component import (
    grow_blocks,
    grow_component,
    initialize_encoders,
)


def make_larger(base: Language, path: Union[str, Path], name: str) -> Language:
    """Make a pipeline like another one, with one component whose network is larger, and
    initialize that as `spacy train` does."""
    [block] = grow_blocks(base.config, [name]).values()
    nlp = spacy.load(path, exclude=[name])
    index = base.component_names.index(name)
    place = {"after": base.component_names[index - 1]} if index else {"first": True}
    nlp.add_pipe(block.pop("factory"), name, config=block, **place)
    docs = [base(text) for text in ("Ann sells mugs in Oslo.", "It rained on Joe.")]
    for doc in docs:  # what gold has
        best = max(doc.cats.values(), default=0)
        doc.cats = {label: float(score == best) for label, score in doc.cats.items()}
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    pipe: Any = nlp.get_pipe(name)
    initialize_encoders(nlp, [name])
    pipe.initialize(lambda: examples, nlp=nlp)
    return nlp


def make_grown(base: Language, path: Union[str, Path], name: str) -> Language:
    nlp = make_larger(base, path, name)
    grow_component(nlp, name, base)
    return nlp


def get_weights(nlp: Language, name: str) -> List[Dict[str, Any]]:
    """Get the weights of a component's layers."""
    pipe: Any = nlp.get_pipe(name)
    return [
        {param: numpy.array(node.get_param(param)) for param in node.param_names}
        for node in pipe.model.walk()
    ]


def score_states(nlp: Language, name: str, texts: List[str]) -> numpy.ndarray:
    """Get the scores that a component gives to all actions before the first token."""
    pipe: Any = nlp.get_pipe(name)
    scores = []
    for text in texts:
        doc = nlp.make_doc(text)
        for upstream, other in nlp.pipeline:
            if upstream in find_listened(nlp.config, name):
                doc = other(doc)
        steps = pipe.model.predict([doc])
        scores.append(steps.predict(pipe.moves.init_batch([doc])))
    result: numpy.ndarray = numpy.vstack(scores)
    return result


def grow_pipeline(
    model: Union[str, Path],
    component: str,
    path: Path,
    *,
    label: str = "",
    is_changed: bool = True,
) -> Path:
    """Let a component of a pipeline grow, without training it.

    model (Union[str, Path]): Package name or path of the pipeline.
    component (str): The component.
    path (Path): Where to write the pipeline that comes out.
    label (str): A label that it gains.
    is_changed (bool): Whether the new units change what it does.
    RETURNS (Path): The same path.
    """
    fix_random_seed(0)
    base = spacy.load(model)
    nlp = make_grown(base, model, component)
    pipe: Any = nlp.get_pipe(component)
    if label:
        pipe.add_label(label)
    if is_changed:
        change_new_units(base, nlp, component)
    nlp.to_disk(path)
    return path


def change_new_units(base: Language, nlp: Language, component: str) -> None:
    """Let what a component gained by growing take part in what it puts out."""
    old: Any = base.get_pipe(component)
    new: Any = nlp.get_pipe(component)
    name = "upper" if new.model.attrs["has_upper"] else "lower"
    n_units = old.model.get_ref(name).get_dim("nI")
    weights = new.model.get_ref(name).get_param("W")
    size = weights[..., n_units:].shape
    weights[..., n_units:] = numpy.random.RandomState(0).normal(scale=0.3, size=size)
