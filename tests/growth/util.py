"""Pipelines that have grown, without training."""

from pathlib import Path
from typing import Any, Union

import spacy
from spacy.language import Language
from spacy.training import Example

from spacy_rehearsal.cli.init_config import grow_components
from spacy_rehearsal.growth.component import grow_component


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
    base, nlp = spacy.load(model), spacy.load(model)
    grown = grow_components(base.config, [component])[component]
    factory = grown.pop("factory")
    pipe: Any = nlp.replace_pipe(component, factory, config=grown)
    doc = nlp.make_doc("a")
    labels = base.get_pipe(component).label_data  # type: ignore[attr-defined]
    pipe.initialize(lambda: [Example(doc, doc)], nlp=nlp, labels=labels)
    grow_component(nlp, component, base)
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
    weights[..., n_units:] = new.model.ops.xp.random.normal(
        size=weights[..., n_units:].shape
    )
