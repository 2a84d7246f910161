from pathlib import Path

import pytest
import spacy
from spacy.util import registry
from thinc.api import Config

from spacy_rehearsal.base_pipeline import find_pipeline, load_pipeline
from spacy_rehearsal.errors import UnavailablePipelineError
from tests.util import BASE_MODEL


def test_finds_packages_and_paths(tmp_path: Path):
    assert (find_pipeline(BASE_MODEL) / "config.cfg").is_file()
    spacy.blank("en").to_disk(tmp_path)
    assert find_pipeline(str(tmp_path)) == tmp_path


@pytest.mark.parametrize(
    "name,message",
    [
        ("en_core_web_xx", "spacy download en_core_web_xx"),
        ("some/where", "does not exist"),
        (".", "is no pipeline directory"),
    ],
)
def test_says_what_is_missing(name: str, message: str, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnavailablePipelineError, match=message):
        find_pipeline(name)


def test_a_pipeline_whose_code_is_not_there(tmp_path: Path):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path)
    assert load_pipeline(tmp_path).pipe_names == ["sentencizer"]
    config = Config().from_disk(tmp_path / "config.cfg")
    config["components"]["sentencizer"]["factory"] = "my_sentences"
    config.to_disk(tmp_path / "config.cfg")
    message = "'sentencizer' of factory 'my_sentences', which is not installed.*--code"
    with pytest.raises(UnavailablePipelineError, match=message):
        load_pipeline(tmp_path)
    config["nlp"]["lang"] = "qq"
    config.to_disk(tmp_path / "config.cfg")
    with pytest.raises(UnavailablePipelineError, match="can't be loaded"):
        load_pipeline(tmp_path)


@pytest.mark.parametrize(
    "lang,pipeline,message",
    [
        ("de", ["ner"], "is a pipeline for 'en', the config is for 'de'"),
        ("en", ["ner", "spancat"], "has no component 'spancat'"),
    ],
)
def test_base_model_is_checked_when_the_config_is_filled(lang, pipeline, message):
    config = Config().from_str(
        f"""
        [prepare]
        @callbacks = "spacy-rehearsal.prepare.v1"
        [prepare.base_model]
        name = "{BASE_MODEL}"
        lang = "en"
        pipeline = ["ner"]
        """
    )
    registry.fill(config)
    config["prepare"]["base_model"].update(lang=lang, pipeline=pipeline)
    with pytest.raises(UnavailablePipelineError, match=message):
        registry.fill(config)
