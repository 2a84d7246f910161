"""What the config of a training says of its evaluations, to tune by the same."""

from pathlib import Path
from typing import Any, Dict, Optional

from spacy import util
from thinc.api import Config

from ..kinds.registry import kinds
from .retention import FLOOR

CORPUS = "spacy-rehearsal.RehearsalCorpus.v1"
SCORES = ("new_f", "base_f", "false_alarms", "learned_f")
SETTINGS = ("labels", "label_map", "fill_missing", "partial_gold")


def get_weights(config: Config, component: str) -> Dict[str, float]:
    """Get the weights of the scores by which a checkpoint was chosen.

    config (Config): The config of the trained pipeline.
    component (str): The component.
    RETURNS (Dict[str, float]): The weights of new_f, base_f, false_alarms and
        learned_f, those of `init-config` if there are none.
    """
    set_ = config.get("training", {}).get("score_weights", {})
    block = config["components"][component]
    default = kinds.get(block["factory"])().get_score_weights(block)
    found = [
        {name: weights[name] for name in SCORES if weights.get(name)}
        for weights in (set_, default)
    ]
    return found[0] or found[1]


def get_floor(config: Config) -> float:
    """Get the share of the base labels that was enough, to choose a checkpoint.

    config (Config): The config of the trained pipeline.
    RETURNS (float): The share, that of `init-config` if there is none.
    """
    prepare = (config.get("initialize") or {}).get("after_init") or {}
    floor: float = (prepare.get("scorer") or {}).get("floor", FLOOR)
    return floor


def get_corpus_settings(config: Config, raw: Optional[Path]) -> Dict[str, Any]:
    """Get the settings of the corpus that the training was evaluated on.

    config (Config): The config of the trained pipeline.
    raw (Optional[Path]): The raw text to tune with. If it is that of the training, the
        same part of it is used, which was not trained on.
    RETURNS (Dict[str, Any]): Settings of a RehearsalCorpus. None if the training had no
        such corpus.
    """
    config = config.interpolate()
    block: Dict[str, Any] = config
    for name in config.get("training", {}).get("dev_corpus", "corpora.dev").split("."):
        block = block.get(name, {})
    if block.get("@readers") != CORPUS:
        return {}
    settings = {name: block[name] for name in SETTINGS if block.get(name)}
    if block.get("partial_gold") is False:  # which is not what there is by default
        settings["partial_gold"] = False
    path = (block.get("raw") or {}).get("path")
    if raw is not None and path and Path(path).resolve() == raw.resolve():
        settings["split"] = block.get("split")
    return dict(util.registry.resolve({"settings": settings})["settings"])
