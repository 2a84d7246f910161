from pathlib import Path
from typing import Any, Dict

import pytest
from spacy.util import load_config
from thinc.api import Config

from spacy_rehearsal.tuning.settings import (
    get_corpus_settings,
    get_floor,
    get_weights,
)


@pytest.fixture
def config(trained: Path) -> Config:
    return load_config(trained / "config.cfg")


def test_the_weights_of_the_training(config: Config) -> None:
    default = {"learned_f": 1.0}
    assert get_weights(config, "ner") == default
    weights: Dict[str, Any] = config["training"]["score_weights"]
    weights.update(new_f=0.5, learned_f=None, ents_f=1.0, false_alarms=-20.0)
    assert get_weights(config, "ner") == {"new_f": 0.5, "false_alarms": -20.0}
    weights.update(new_f=None, false_alarms=None)
    assert get_weights(config, "ner") == default
    del config["training"]["score_weights"]
    assert get_weights(config, "ner") == default


def test_the_floor_of_the_training(config: Config) -> None:
    assert get_floor(config) == 0.95
    config["initialize"]["after_init"]["scorer"]["floor"] = 0.8
    assert get_floor(config) == 0.8
    config["initialize"]["after_init"] = None
    assert get_floor(config) == 0.95


def test_the_settings_of_its_dev_corpus(config: Config, tmp_path: Path) -> None:
    raw = Path(config["paths"]["raw"])
    assert get_corpus_settings(config, raw) == {"split": None}
    block: Dict[str, Any] = config["corpora"]["dev"]
    block.update(split="dev", partial_gold=True, ratio=2.0, labels=["PERSON"])
    block["label_map"] = {"TOWN": "GPE"}
    settings = {
        "partial_gold": True,
        "labels": ["PERSON"],
        "label_map": {"TOWN": "GPE"},
    }
    assert get_corpus_settings(config, raw) == {**settings, "split": "dev"}
    # of text that was not trained on all is used
    assert get_corpus_settings(config, tmp_path / "other.jsonl") == settings
    assert get_corpus_settings(config, None) == settings
    block["@readers"] = "spacy.Corpus.v1"
    assert get_corpus_settings(config, raw) == {}
