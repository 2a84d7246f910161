from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
import spacy
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Corpus

from spacy_rehearsal.base_pipeline import find_pipeline
from tests.util import (
    BASE_MODEL,
    NER_CFG,
    ROOT,
    find_ents_without_plugin,
    make_docs,
    run_process,
    run_rehearsal,
    train_ner,
)


def score(nlp: Language, path: Path) -> Dict[str, Any]:
    """Score the entity recognizer."""
    with nlp.select_pipes(enable="ner"):
        return nlp.evaluate(Corpus(path)(nlp))


@pytest.mark.skipif(
    spacy.__version__.startswith("3.7"), reason="has its own order and other scores"
)
def test_are_what_init_config_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make configs` writes them."""
    monkeypatch.chdir(tmp_path)
    Path("en_core_web_sm").symlink_to(find_pipeline(BASE_MODEL))
    run_rehearsal("init-config", "en_core_web_sm", "ner.cfg", "--lang-free")
    in_place = ("ner_in_place.cfg", "--in-place", "--lang-free")
    run_rehearsal("init-config", "en_core_web_sm", *in_place)
    run_rehearsal("init-config", "blank:en", "ner_blank.cfg")
    written = {path.name: path.read_bytes() for path in Path().glob("*.cfg")}
    paths = (ROOT / "configs").iterdir()
    assert {path.name: path.read_bytes() for path in paths} == written


def test_learns_the_new_label_and_keeps_the_old_ones(
    trained: Path, base: Language, websites: Path
) -> None:
    nlp = spacy.load(trained)
    new = score(nlp, websites / "dev.spacy")["ents_per_type"]
    old, base_old = (score(p, websites / "base_gold.spacy") for p in (nlp, base))
    assert new["WEBSITE"]["f"] > 0.3
    assert old["ents_f"] > 0.95 * base_old["ents_f"]


def test_comes_out_with_all_components_as_they_were(
    trained: Path, base: Language
) -> None:
    nlp = spacy.load(trained)
    assert nlp.component_names == base.component_names
    assert nlp.disabled == base.disabled
    text = "Ms. Okonkwo hadn't sold her flat in Graz before March."
    doc, base_doc = nlp(text), base(text)
    for attr in ("tag_", "lemma_", "dep_", "pos_", "text"):
        tokens, base_tokens = list(doc), list(base_doc)
        assert [getattr(t, attr) for t in tokens] == [
            getattr(t, attr) for t in base_tokens
        ]


def test_loads_where_the_plugin_is_not_installed(trained: Path, tmp_path: Path) -> None:
    ents = find_ents_without_plugin(trained, "Ann Lee lives in Oslo.", tmp_path)
    assert ents == [("Ann Lee", "PERSON"), ("Oslo", "GPE")]


def test_a_second_run_predicts_nothing_anew(sample: Path, tmp_path: Path) -> None:
    args = (
        *("--corpora.train.teacher.cache_dir", tmp_path / "cache"),
        *("--training.max_steps", 2, "--training.eval_frequency", 2),
    )
    first = train_ner(NER_CFG, sample, "--output", tmp_path / "first", *args)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Predicting with" in first.stderr
    output = ("--output", tmp_path / "second")
    second = train_ner(NER_CFG, sample, *output, *args, run=run_process)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Predicting with" not in second.stderr

    def read(path: Path) -> bytes:
        return (path / "model-last" / "ner" / "model").read_bytes()

    assert read(tmp_path / "first") == read(tmp_path / "second")


def test_trains_a_new_pipeline_from_scratch(sample: Path, tmp_path: Path) -> None:
    gold = sample / "base_gold.spacy"
    overrides = {
        "paths.train": str(gold),
        "paths.dev": str(gold),
        "training.max_steps": 200,
        "training.eval_frequency": 200,
        "training.optimizer.learn_rate": 0.004,
    }
    train(ROOT / "configs" / "ner_blank.cfg", tmp_path, overrides=overrides)
    nlp = spacy.load(tmp_path / "model-last")
    assert nlp.pipe_names == ["tok2vec", "ner"]
    assert nlp.evaluate(Corpus(gold)(nlp))["ents_f"] > 0.1


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Path]:
    """Broken data of several kinds."""
    path = tmp_path_factory.mktemp("files")
    no_ner = spacy.load(BASE_MODEL, exclude=["ner"])
    no_ner.to_disk(path / "no_ner")
    spacy.blank("de").to_disk(path / "german")
    (path / "empty").mkdir()
    (path / "broken.spacy").write_bytes(b"no DocBin")
    rows: List[Tuple[str, Dict[str, Any]]] = [("Nothing here.", {"entities": []})]
    DocBin(docs=make_docs(rows)).to_disk(path / "unlabelled.spacy")
    DocBin().to_disk(path / "no_docs.spacy")
    (path / "broken.jsonl").write_text('{"text": "fine"}\n{"text": "bro\n')
    (path / "latin.jsonl").write_bytes(b'{"text": "caf\xe9"}\n')
    (path / "blank.jsonl").write_text("\n\n")
    return {file.name: file for file in path.iterdir()}


DISTILLATION = "training.before_update.*.distillation"
BAD_INPUT = [
    ({"paths.base_model": "en_core_web_xx"}, "spacy download en_core_web_xx"),
    ({"paths.base_model": "no_ner"}, "has no component 'ner'"),
    ({"paths.base_model": "blank:en"}, "is a new pipeline, which knows nothing"),
    ({"initialize.after_init.epochs": -1}, "epochs must be 0 or more, found -1"),
    ({"initialize.after_init.min_steps": -5}, "min_steps must be 0 or more, found -5"),
    ({"paths.base_model": "german"}, "is a pipeline for 'de'"),
    ({"paths.base_model": ""}, "expected the name or path of a pipeline"),
    ({"paths.base_model": None}, "paths.base_model"),
    ({"paths.train": None}, "paths.train"),
    ({"paths.train": "none.spacy"}, "no file or directory 'none.spacy'"),
    ({"paths.train": "empty"}, "holds no .spacy file"),
    ({"paths.train": ""}, "path is empty"),
    ({"paths.train": "broken.spacy"}, "broken.spacy can't be read"),
    ({"paths.train": "no_docs.spacy"}, "no_docs.spacy has no entity at all"),
    ({"paths.train": "unlabelled.spacy"}, "unlabelled.spacy has no entity at all"),
    ({"paths.dev": "none.spacy"}, "no file or directory 'none.spacy'"),
    ({"paths.raw": "none.jsonl"}, "no file or directory 'none.jsonl'"),
    ({"paths.raw": "broken.jsonl"}, "broken.jsonl, line 2: is not valid JSON"),
    ({"paths.raw": "latin.jsonl"}, "latin.jsonl, line 1: is not UTF-8"),
    ({"paths.raw": "blank.jsonl"}, "there is no text"),
    ({"corpora.train.ratio": -1.0}, "must be 0 or more"),
    ({"corpora.train.ratio": "half"}, "ratio"),
    ({"corpora.train.labels": ["WEBSITE"]}, "the teacher has no label WEBSITE"),
    ({"training.before_update.*.dropout.schedule.stop": 0.9}, "above the start"),
    ({f"{DISTILLATION}.annotation_weight": 0.0}, "must be above 0"),
]


@pytest.mark.parametrize("overrides,message", BAD_INPUT)
def test_bad_input_ends_in_one_message(
    overrides: Any,
    message: Any,
    sample: Path,
    files: Dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command ends without a traceback and before it trains."""
    monkeypatch.chdir(sample)
    config = {
        "paths.base_model": BASE_MODEL,
        "paths.train": "train.spacy",
        "paths.dev": "dev.spacy",
        "paths.raw": "raw.jsonl",
    }
    for key, value in overrides.items():
        if value is None:
            del config[key]
        elif isinstance(value, str):
            config[key] = str(files.get(value, value))
        else:
            config[key] = value
    with pytest.raises(SystemExit) as exit_:
        train(NER_CFG, overrides=config)
    assert exit_.value.code == 1
    printed = capsys.readouterr().out
    assert message in " ".join(printed.split())
    assert "Training pipeline" not in printed


def test_command_shows_no_traceback(sample: Path) -> None:
    raw = ("--paths.raw", "nowhere.jsonl")
    result = train_ner(NER_CFG, sample, *raw, run=run_process)
    assert result.returncode == 1
    assert "corpora" in result.stdout or "raw -> path" in result.stdout
    assert "Traceback" not in result.stderr


def test_says_that_nothing_is_new(
    sample: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    overrides = {
        "paths.base_model": BASE_MODEL,
        "paths.train": str(sample / "base_gold.spacy"),
        "paths.dev": str(sample / "base_gold.spacy"),
        "paths.raw": str(sample / "raw.jsonl"),
        "training.max_steps": 1,
    }
    with caplog.at_level("INFO", logger="spacy"):
        train(NER_CFG, tmp_path, overrides=overrides)
    assert "The base model has all labels of the gold already" in caplog.text
