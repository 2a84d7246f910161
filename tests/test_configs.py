import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Dict, Tuple

import pytest
import spacy
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import DocBin

from .util import BASE_MODEL, ROOT, make_docs, run_spacy

NER_CFG = ROOT / "configs" / "ner.cfg"


def get_f_scores(nlp: Language, websites: Path) -> Tuple[float, float]:
    """The F-scores on the new label and on gold for the base labels."""
    from spacy.training import Corpus

    new = nlp.evaluate(Corpus(websites / "dev.spacy")(nlp))["ents_per_type"]
    base = nlp.evaluate(Corpus(websites / "base_gold.spacy")(nlp))["ents_f"]
    return new.get("WEBSITE", {"f": 0.0})["f"], base


def test_learns_the_new_label_and_keeps_the_old_ones(trained, base, websites):
    new, old = get_f_scores(spacy.load(trained), websites)
    _, base_old = get_f_scores(base, websites)
    assert new > 0.3
    assert old > 0.95 * base_old


def test_comes_out_with_all_components_as_they_were(trained: Path, base: Language):
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


def test_loads_where_the_plugin_is_not_installed(trained: Path, tmp_path: Path):
    """Load in an environment that has all installed packages but this one."""
    for kind in ("purelib", "platlib"):
        for entry in Path(sysconfig.get_paths()[kind]).iterdir():
            target = tmp_path / entry.name
            if "spacy_rehearsal" not in entry.name and not target.exists():
                target.symlink_to(entry)
    code = (
        "import sys, importlib.metadata, spacy\n"
        "try:\n"
        "    importlib.metadata.version('spacy-rehearsal')\n"
        "except importlib.metadata.PackageNotFoundError:\n"
        f"    doc = spacy.load({str(trained)!r})('Ann Lee lives in Oslo.')\n"
        "    print([(e.text, e.label_) for e in doc.ents])\n"
        "    assert not any('rehearsal' in name for name in sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    expected = str([("Ann Lee", "PERSON"), ("Oslo", "GPE")])
    assert result.stdout.strip() == expected, result.stderr


def train_briefly(websites: Path, output: Path, *args):
    return run_spacy(
        *("train", NER_CFG, "--output", output),
        *("--paths.base_model", BASE_MODEL),
        *("--paths.train", websites / "train.spacy"),
        *("--paths.dev", websites / "dev.spacy"),
        *("--paths.raw", websites / "raw.jsonl"),
        *("--training.max_steps", 2, "--training.eval_frequency", 2),
        *args,
    )


def test_a_second_run_predicts_nothing_anew(websites: Path, tmp_path: Path):
    cache = ("--corpora.train.teacher.cache_dir", tmp_path / "cache")
    first = train_briefly(websites, tmp_path / "first", *cache)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Predicting with" in first.stderr
    second = train_briefly(websites, tmp_path / "second", *cache)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Predicting with" not in second.stderr

    def read(path: Path) -> bytes:
        return (path / "model-last" / "ner" / "model").read_bytes()

    assert read(tmp_path / "first") == read(tmp_path / "second")


def test_trains_a_new_pipeline_from_scratch(websites: Path, tmp_path: Path):
    result = run_spacy(
        *("train", ROOT / "configs" / "ner_blank.cfg", "--output", tmp_path),
        *("--paths.train", websites / "base_gold.spacy"),
        *("--paths.dev", websites / "base_gold.spacy"),
        *("--training.max_steps", 400, "--training.eval_frequency", 400),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    nlp = spacy.load(tmp_path / "model-last")
    assert nlp.pipe_names == ["tok2vec", "ner"]
    assert get_f_scores(nlp, websites)[1] > 0.1


@pytest.fixture
def files(websites: Path, tmp_path: Path) -> Dict[str, Path]:
    """The paths of configs/ner.cfg, and broken data of several kinds."""
    no_ner = spacy.load(BASE_MODEL, exclude=["ner"])
    no_ner.to_disk(tmp_path / "no_ner")
    spacy.blank("de").to_disk(tmp_path / "german")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.spacy").write_bytes(b"no DocBin")
    rows = [("Nothing here.", {"entities": []})]
    DocBin(docs=make_docs(rows)).to_disk(tmp_path / "unlabelled.spacy")
    DocBin().to_disk(tmp_path / "no_docs.spacy")
    (tmp_path / "broken.jsonl").write_text('{"text": "fine"}\n{"text": "bro\n')
    (tmp_path / "latin.jsonl").write_bytes(b'{"text": "caf\xe9"}\n')
    (tmp_path / "blank.jsonl").write_text("\n\n")
    shutil.copy(websites / "train.spacy", tmp_path / "train.spacy")
    return {path.name: path for path in tmp_path.iterdir()}


DISTILLATION = "training.before_update.*.distillation"
BAD_INPUT = [
    ({"paths.base_model": "en_core_web_xx"}, "spacy download en_core_web_xx"),
    ({"paths.base_model": "no_ner"}, "has no component 'ner'"),
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
    overrides, message, websites, files, tmp_path, monkeypatch, capsys
):
    """The command ends without a traceback and before it trains."""
    monkeypatch.chdir(websites)
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


def test_command_shows_no_traceback(websites: Path, tmp_path: Path):
    result = train_briefly(websites, tmp_path, "--paths.raw", "nowhere.jsonl")
    assert result.returncode == 1
    assert "corpora" in result.stdout or "raw -> path" in result.stdout
    assert "Traceback" not in result.stderr


def test_says_that_nothing_is_new(websites: Path, tmp_path: Path, capsys):
    overrides = {
        "paths.base_model": BASE_MODEL,
        "paths.train": str(websites / "base_gold.spacy"),
        "paths.dev": str(websites / "base_gold.spacy"),
        "paths.raw": str(websites / "raw.jsonl"),
        "training.max_steps": 1,
    }
    train(NER_CFG, tmp_path, overrides=overrides)
    printed = " ".join(capsys.readouterr().out.split())
    assert "The base model has all labels of the gold already" in printed
