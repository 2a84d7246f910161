"""The config that adds a component to a base pipeline which has none like it."""

from typing import Any, Dict, Sequence

import spacy
from spacy import util

from ..base_pipeline import check_factories, find_pipeline
from ..errors import config_error
from ..kinds.registry import get_kind, kinds
from .config_blocks import get_blocks
from .training_config import find_scores


def is_added(base_model: str, components: Sequence[str]) -> bool:
    """Tell whether a component is one that the base pipeline lacks, by the name of its
    factory, and has none like it, which writes to the same place.

    base_model (str): Package name or path of the base pipeline.
    components (Sequence[str]): The components that are named.
    RETURNS (bool): Whether it is.
    RAISES (UnavailablePipelineError): If there is no such pipeline.
    """
    config = util.load_config(find_pipeline(base_model) / "config.cfg")
    pipeline = config["nlp"]["pipeline"]
    new = [name for name in components if name not in pipeline and name in kinds]
    if len(components) != 1 or not new:
        return False
    found = [get_kind(config, name, ["component"]) for name in pipeline]
    taken = {place for kind in found if kind is not None for place in kind.places}
    return taken.isdisjoint(kinds.get(new[0])().places)


def get_adding_settings(base_model: str, component: str) -> Dict[str, Any]:
    """Get what the template for adding shows of a base pipeline and a component.

    base_model (str): Package name or path of the base pipeline.
    component (str): The component, by the name of its factory.
    RETURNS (Dict[str, Any]): The settings.
    RAISES (UnavailablePipelineError): If the pipeline needs code that is not there.
    RAISES (ConfigValidationError): If there is no score to choose a step by.
    """
    config = util.load_config(find_pipeline(base_model) / "config.cfg")
    nlp: Dict[str, Any] = config["nlp"]
    check_factories(config, nlp["pipeline"], base_model=base_model)
    blank = spacy.blank(nlp["lang"])
    blank.add_pipe(component)
    block = blank.config.interpolate()["components"][component]
    weights = blank.get_factory_meta(component).default_score_weights
    if not weights:
        raise config_error(["component"], f"'{component}' has no score to choose by")
    scores = dict.fromkeys(find_scores(config))
    return {
        "nlp": nlp,
        "nlp_blocks": get_blocks("nlp", nlp),
        "component": component,
        "block": get_blocks("components", {component: block}),
        "score_weights": {**scores, **weights},
    }
