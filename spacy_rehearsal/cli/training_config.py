"""The config that trains components of a base pipeline."""

from typing import Any, Dict, List, Sequence

import spacy
from spacy import util

from ..base_pipeline import (
    check_factories,
    find_listened,
    find_listeners,
    find_pipeline,
    find_transformers,
)
from ..errors import config_error
from ..growth.component import find_wide, grow_blocks
from ..kinds.registry import find_kinds, find_recognizer
from .config_blocks import get_blocks
from .util import check_listened


def get_training_settings(
    base_model: str,
    components: Sequence[str],
    *,
    in_place: bool,
    fine_tune: bool,
) -> Dict[str, Any]:
    """Get what the template for training shows of a base pipeline.

    base_model (str): Package name or path of the base pipeline.
    components (Sequence[str]): The components to train.
    in_place (bool): Let none of them grow.
    fine_tune (bool): Train the transformer that they listen to, and all else that does.
    RETURNS (Dict[str, Any]): The settings.
    RAISES (UnavailablePipelineError): If there is no such pipeline, or it needs code
        that is not there.
    RAISES (ConfigValidationError): If a component can't be trained.
    """
    config = util.load_config(find_pipeline(base_model) / "config.cfg")
    nlp: Dict[str, Any] = config["nlp"]
    check_factories(config, nlp["pipeline"], base_model=base_model)
    components = components or [find_recognizer(config, base_model=base_model)]
    if fine_tune:
        components = add_listeners(config, components, base_model=base_model)
    kinds = find_kinds(config, components, base_model=base_model, loc=["component"])
    for name in kinds:
        check_listened(config, name, base_model)
    is_in_place = in_place or fine_tune
    growing = [name for name, kind in kinds.items() if kind.grows and not is_in_place]
    grown = grow_blocks(config, growing)
    listened = {name: find_listened(config, name) for name in nlp["pipeline"]}
    transformers = {n for name in kinds for n in find_transformers(config, name)}
    fine_tuned = transformers if fine_tune else set()
    shared = (transformers - fine_tuned) | {
        upstream
        for name in nlp["pipeline"]
        if name not in kinds or name in grown
        for upstream in listened[name]
    }
    copied = {
        name: listened[name]
        for name in kinds
        if name not in grown and (shared - transformers) & set(listened[name])
    }
    trained = {*kinds, *(n for name in kinds for n in listened[name])} - shared
    return {
        "nlp": nlp,
        "nlp_blocks": get_blocks("nlp", nlp),
        "components": list(kinds),
        "grown": {
            name: get_blocks("components", {name: block})
            for name, block in grown.items()
        },
        "is_grown": grown.keys() >= kinds.keys(),
        "wide": find_wide(grown),
        "disabled": [name for name in nlp["disabled"] if name not in kinds],
        "enabled": [name for name in nlp["disabled"] if name in kinds],
        "recognizers": [n for n, kind in kinds.items() if "doc.ents" in kind.places],
        "distilled": [name for name, kind in kinds.items() if kind.is_distillable],
        "settings": {setting for kind in kinds.values() for setting in kind.settings},
        "copied": copied,
        "listeners": {n: find_listeners(config["components"][n]) for n in copied},
        "annotating": [
            name
            for name in nlp["pipeline"]
            if name in transformers - fine_tuned
            or any(name in listened[g] for g in grown)
        ],
        "transformers": transformers,
        "fine_tuned": sorted(fine_tuned),
        "frozen": [name for name in nlp["pipeline"] if name not in trained],
        "other_scores": any(kind.scores for kind in kinds.values()),
        "score_weights": {
            key: weight
            for name, kind in kinds.items()
            for key, weight in kind.get_score_weights(
                config["components"][name]
            ).items()
        },
        "unused_scores": find_scores(config),
    }


def add_listeners(
    config: Dict[str, Any], components: Sequence[str], *, base_model: str
) -> List[str]:
    """Add the components that listen to the transformers of others.

    config (Dict[str, Any]): The base pipeline's config.
    components (Sequence[str]): The components.
    base_model (str): Its package name or path, for the message.
    RETURNS (List[str]): All of them, in pipeline order.
    RAISES (ConfigValidationError): If none of them listens to a transformer.
    """
    pipeline = config["nlp"]["pipeline"]
    found = {n: {*find_transformers(config, n)} for n in pipeline}
    transformers = {t for name in components for t in found.get(name, ())}
    if not transformers:
        raise config_error(
            ["fine_tune"],
            f"--fine-tune is for a pipeline with a transformer: '{components[0]}' of "
            f"'{base_model}' listens to none. Leave it out.",
        )
    return [n for n in pipeline if n in components or found[n] & transformers]


def find_scores(config: Dict[str, Any]) -> List[str]:
    """Find the scores that would be weighted or shown by default.

    config (Dict[str, Any]): The base pipeline's config.
    RETURNS (List[str]): The names of the scores.
    """
    nlp = spacy.blank(config["nlp"]["lang"])
    scores: Dict[str, None] = {}
    for name in config["nlp"]["pipeline"]:
        factory = config["components"][name]["factory"]
        weights = nlp.get_factory_meta(factory).default_score_weights or {}
        shown = (key for key, weight in weights.items() if weight is not None)
        scores.update(dict.fromkeys(shown))
    return [*scores, "speed"]
