"""What a trained pipeline says of itself, and what spaCy makes of that."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
import srsly
from spacy.cli.package import generate_readme
from spacy.language import Language
from thinc.api import ConfigValidationError

from spacy_rehearsal.training.model_card import create_model_card, make_version
from tests.util import (
    BASE_MODEL,
    find_ents_without_plugin,
    link_packages,
    run_rehearsal,
    run_spacy,
    train_ner,
)

STEPS = ("--training.max_steps", 25, "--training.eval_frequency", 10)
# they are of what has changed
OF_NER = {"ents_p", "ents_r", "ents_f", "ents_per_type", "speed"}
Meta = Dict[str, Any]


@pytest.fixture(scope="module")
def output(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a short training wrote, whose last step was not evaluated."""
    path = tmp_path_factory.mktemp("card")
    run_rehearsal("init-config", BASE_MODEL, path / "train.cfg")
    source = '[{"name":"Job ads","license":"CC BY 4.0"}]'
    result = train_ner(
        *(path / "train.cfg", sample, *STEPS, "--output", path),
        *("--training.optimizer.learn_rate.initial_rate", 0.02),
        *("--training.optimizer.learn_rate.total_steps", 1000),
        *("--training.before_to_disk.sources", source),
        *("--training.before_to_disk.author", "Ann Lee"),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return path


@pytest.fixture(scope="module", params=["model-best", "model-last"])
def meta(request: pytest.FixtureRequest, output: Path) -> Meta:
    found: Meta = srsly.read_json(output / request.param / "meta.json")
    return found


def test_says_what_it_is_and_what_it_was_made_of(meta: Meta, base: Language) -> None:
    assert meta["lang"] == "en"
    assert meta["name"] == f"{base.meta['name']}_website"
    assert meta["version"] == f"{base.meta['version']}+rehearsed"
    assert meta["license"] == base.meta["license"]
    assert meta["author"] == "Ann Lee"
    assert meta["email"] == ""
    mine, itself, *others = meta["sources"]
    assert mine == {"name": "Job ads", "license": "CC BY 4.0"}
    assert itself["name"] == f"{BASE_MODEL} {base.meta['version']}"
    assert itself["author"] == base.meta["author"]
    assert others == base.meta["sources"]
    facts = meta["rehearsal"]
    assert facts["components"] == {
        "ner": {"recipe": "grown", "new_labels": ["WEBSITE"]}
    }
    data = {"texts": 40, "raw": ["raw.jsonl"]}
    assert facts["data"] == {
        name: {"files": [f"{name}.spacy"], **data} for name in ("train", "dev")
    }
    assert facts["seed"] == 0
    assert facts["max_steps"] == 25
    assert facts["versions"]["spacy"] == spacy.__version__


def test_frozen_components_are_as_good_as_the_base_model_says(
    meta: Meta, base: Language
) -> None:
    kept = {k: v for k, v in base.meta["performance"].items() if k not in OF_NER}
    assert meta["rehearsal"]["performance_from"]["base_model"] == [*kept]
    assert kept.items() <= meta["performance"].items()
    assert all(kept.values())
    before = meta["rehearsal"]["base_model"]["performance"]
    assert before["ents_f"] == base.meta["performance"]["ents_f"]
    assert "TAG_ACC" in meta["notes"]


def test_what_is_new_and_what_is_kept_have_names_of_their_own(meta: Meta) -> None:
    performance = meta["performance"]
    learned = meta["rehearsal"]["performance_from"]["training"]
    assert learned == ["new_f", "new_per_type", "agreement_f"]
    assert not OF_NER & {*performance}
    website = performance["new_per_type"]["WEBSITE"]
    assert website["f"] == pytest.approx(performance["new_f"])
    assert website["n"] == 31
    assert 0.5 < performance["agreement_f"] <= 1


def test_the_best_pipeline_has_the_scores_of_its_own_step(output: Path) -> None:
    best, last = (
        srsly.read_json(output / name / "meta.json")["rehearsal"]
        for name in ("model-best", "model-last")
    )
    assert best["step"] == best["best_step"] == last["best_step"]
    assert last["step"] == 20


def test_the_tables_of_spacy_have_no_zeros_for_what_was_not_trained(
    meta: Meta,
) -> None:
    readme = generate_readme(meta)
    rows = [line for line in readme.splitlines() if line.startswith("| `")]
    scores = {row.split("`")[1]: row.split("|")[2].strip() for row in rows}
    assert scores["TAG_ACC"] == "97.29"
    assert {"NEW_F", "AGREEMENT_F", "WEBSITE"} <= {*scores}
    zeros = {name for name, score in scores.items() if score == "0.00"}
    assert zeros <= {"NEW_F", "WEBSITE"}
    assert "on `dev.spacy` (40 texts)" in readme
    assert "Explosion" in readme


@pytest.mark.slow
def test_it_is_packaged_and_installed_where_this_package_is_not(
    output: Path, tmp_path: Path
) -> None:
    model, packages = output / "model-best", tmp_path / "packages"
    packages.mkdir()
    result = run_spacy("package", model, packages, "--build", "none")
    assert result.returncode == 0, result.stdout + result.stderr
    [source] = packages.iterdir()
    assert "### Training" in (source / "README.md").read_text(encoding="utf8")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=os.name != "nt")
    python = str(next(environment.glob("*/python")))

    def run(*command: str, cwd: Path = tmp_path) -> str:
        env = {key: v for key, v in os.environ.items() if key != "PYTHONPATH"}
        result = subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = Path(run(python, "-c", code).strip())
    link_packages(site)
    run(sys.executable, "-m", "build", "--no-isolation", "--sdist", cwd=source)
    [sdist] = source.glob("dist/*.tar.gz")
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir")
    run(python, "-m", "pip", "install", "--quiet", *offline, str(sdist))
    name = f"{BASE_MODEL}_website"
    info = run(python, "-m", "spacy", "info", name)
    for expected in ("3.8.0+rehearsed", "Ann Lee", "OntoNotes", "| `WEBSITE` |"):
        assert expected in info
    code = (
        f"import sys, json, spacy; nlp = spacy.load({name!r})\n"
        "ents = [(e.text, e.label_) for e in nlp('Ann Lee lives in Oslo.').ents]\n"
        "plugin = [name for name in sys.modules if 'rehearsal' in name]\n"
        "print(json.dumps([nlp.meta['version'], plugin, len(ents)]))"
    )
    version, plugin, n_ents = json.loads(run(python, "-c", code).splitlines()[-1])
    assert version == "3.8.0+rehearsed"
    assert not plugin
    assert n_ents


def test_it_loads_where_this_package_is_not(output: Path, tmp_path: Path) -> None:
    model = output / "model-best"
    assert find_ents_without_plugin(model, "Ann Lee lives in Oslo.", tmp_path)


@pytest.mark.parametrize(
    "version,made",
    [
        ("3.8.0", "3.8.0+rehearsed"),
        ("3.8.0+rehearsed", "3.8.0+rehearsed.2"),
        ("3.8.0+rehearsed.9", "3.8.0+rehearsed.10"),
        ("1.0+cpu", "1.0+cpu.rehearsed"),
        ("one", "0.0.0+rehearsed"),
    ],
)
def test_versions_follow_from_that_of_the_base_model(version: str, made: str) -> None:
    assert make_version(version) == made


@pytest.mark.parametrize(
    "setting,value",
    [
        ("name", "my-model"),
        ("version", "new"),
        ("sources", [{"url": "https://example.org"}]),
        ("sources", ["Job ads"]),
    ],
)
def test_what_can_not_be_published_is_an_error(setting: str, value: Any) -> None:
    with pytest.raises(ConfigValidationError, match=setting):
        create_model_card(BASE_MODEL, **{setting: value})  # type: ignore[arg-type]


def test_a_second_training_keeps_what_the_first_one_says(
    output: Path, tmp_path: Path
) -> None:
    """A component is added to what was trained: its `ner` has not changed."""
    cats = [{"text": t, "cats": {"GOOD": g, "BAD": 1 - g}} for t, g in TEXTS]
    srsly.write_jsonl(tmp_path / "cats.jsonl", cats)
    base = output / "model-best"
    run_rehearsal(
        *("init-config", base, tmp_path / "add.cfg", "--component", "textcat"),
        *("--train", tmp_path / "cats.jsonl", "--dev", tmp_path / "cats.jsonl"),
    )
    steps = ("--training.max_steps", 2, "--training.eval_frequency", 1)
    result = run_spacy(
        "train", tmp_path / "add.cfg", "--output", tmp_path / "out", *steps
    )
    assert result.returncode == 0, result.stdout + result.stderr
    before = srsly.read_json(base / "meta.json")
    after = srsly.read_json(tmp_path / "out" / "model-last" / "meta.json")
    assert before["performance"].items() <= after["performance"].items()
    assert after["performance"]["cats_score"] is not None
    assert after["rehearsal"]["components"]["textcat"]["recipe"] == "added"
    assert after["name"] == f"{before['name']}_bad_good"
    assert after["version"] == f"{before['version']}.2"
    assert after["sources"][1:] == before["sources"]


TEXTS = [("I love it.", 1.0), ("I hate it.", 0.0), ("Fine work!", 1.0), ("Oh no.", 0.0)]
