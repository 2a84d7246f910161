import json
import random
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
import srsly
from spacy.language import Language

from spacy_rehearsal.training.imitation import Imitation
from tests.cli.conftest import Finder
from tests.growth.util import grow_pipeline
from tests.util import (
    BASE_MODEL,
    SENTENCES,
    find_ents_without_plugin,
    get_ents,
    run_rehearsal,
    run_spacy,
)

TEXTS = [
    "Ms. Okonkwo hadn't sold her flat in Graz before March.",
    "The Bosch plant near Reutlingen lost $300 million in 2019.",
    "Nobody told Ann Lee that Etsy had been sold.",
]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base pipeline, its `ner` grown with a new label, but not trained."""
    path = tmp_path_factory.mktemp("grown") / "grown"
    return grow_pipeline(BASE_MODEL, "ner", path, label="WEBSITE")


def get_all_ents(nlp: Language) -> List[Any]:
    return [get_ents(doc) for doc in nlp.pipe(TEXTS)]


@pytest.fixture(scope="module")
def tiny(token_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pipeline whose `ner` and `parser`, which listens to a tok2vec, have
    grown."""
    path = tmp_path_factory.mktemp("tiny")
    grown = grow_pipeline(token_model, "ner", path / "ner")
    return grow_pipeline(grown, "parser", path / "both")


@pytest.fixture(scope="module")
def tiny_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = random.Random(0)
    sentences = [" ".join(sentence["words"]) for sentence in SENTENCES]
    texts = [" ".join(rng.choices(sentences, k=6)) for _ in range(300)]
    path = tmp_path_factory.mktemp("tiny_raw") / "raw.jsonl"
    srsly.write_jsonl(path, [{"text": text} for text in texts])
    return path


def compact(*args: Any) -> Dict[str, Any]:
    costs: Dict[str, Any] = json.loads(run_rehearsal("compact", *args, "--json").stdout)
    return costs


@pytest.mark.slow
def test_without_training_it_is_the_base_again(
    grown: Path,
    websites: Path,
    base: Language,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    output = tmp_path / "small"
    args = (grown, output, "--raw", websites / "raw.jsonl")
    dev = ("--dev", websites / "base_gold.spacy")
    costs = compact(*args, *dev, "--max-steps", 0)
    nlp = spacy.load(output)
    assert get_all_ents(nlp) == get_all_ents(base)
    assert get_all_ents(spacy.load(grown)) != get_all_ents(base)
    names = {"nlp", "components"}
    assert {k: v for k, v in nlp.config.items() if k in names} == {
        k: v for k, v in base.config.items() if k in names
    }
    assert nlp.pipe_labels["ner"] == sorted([*base.pipe_labels["ner"], "WEBSITE"])
    assert nlp.disabled == base.disabled
    assert nlp.meta["performance"] == {}
    environment = tmp_path_factory.mktemp("environment")
    ents = find_ents_without_plugin(output, TEXTS[0], environment)
    assert ents == get_ents(base(TEXTS[0]))
    assert costs["steps"] == 0
    [(name, cost)] = costs["components"].items()
    assert name == "ner"
    assert cost["agreement"] < 100
    assert cost["megabytes"]["before"] > 1.9 * cost["megabytes"]["after"]
    assert cost["words_per_second"].keys() == {"before", "after"}
    [(path, scores)] = cost["scores"].items()
    assert path == str(websites / "base_gold.spacy")
    assert scores["before"]["f"] < scores["after"]["f"] == pytest.approx(73.5, abs=0.1)
    # all else is what it was
    for file_ in ("vocab/strings.json", "tokenizer", "parser/model", "tok2vec/model"):
        assert (output / file_).read_bytes() == (grown / file_).read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


@pytest.mark.slow
def test_all_that_have_grown_learn_what_they_did(
    tiny: Path, tiny_raw: Path, token_model: Path, tmp_path: Path
) -> None:
    output = tmp_path / "small"
    args = (tiny, output, "--raw", tiny_raw)
    untrained = compact(*args, "--max-steps", 0)["components"]
    trained = compact(*args, "--max-steps", 40, "--force")["components"]
    assert set(trained) == {"ner", "parser"}
    for name, cost in trained.items():
        assert untrained[name]["agreement"] <= cost["agreement"]
        assert cost["megabytes"]["before"] > cost["megabytes"]["after"]
    gained = trained["parser"]["agreement"] - untrained["parser"]["agreement"]
    assert gained > 5
    components = spacy.load(token_model).config["components"]
    assert spacy.load(output).config["components"] == components


def test_an_interrupt_keeps_what_was_done(
    tiny: Path,
    tiny_raw: Path,
    token_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learn, n_calls = Imitation.__call__, 0

    def learn_and_stop(self: Imitation, *args: Any, **kwargs: Any) -> None:
        nonlocal n_calls
        n_calls += 1
        if n_calls > 5:
            raise KeyboardInterrupt
        learn(self, *args, **kwargs)

    monkeypatch.setattr(Imitation, "__call__", learn_and_stop)
    output = tmp_path / "small"
    args = ("compact", tiny, output, "--raw", tiny_raw, "-c", "ner")
    result = run_rehearsal(*args, status=130)
    printed = " ".join(result.output.split())
    assert "Interrupted after 5 steps" in printed
    assert "agreement with the larger 100.0" in printed
    assert "Compacting" in result.stderr
    components = spacy.load(output).config["components"]
    expected = spacy.load(token_model).config["components"]
    assert components["ner"] == expected["ner"]
    assert components["parser"] != expected["parser"]
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


@pytest.mark.slow
def test_bad_input_ends_in_one_message(
    tiny: Path, tiny_raw: Path, token_model: Path, tmp_path: Path
) -> None:
    output, few, dull = (tmp_path / name for name in ("small", "few.txt", "dull.txt"))
    few.write_text("It rained .\nIt rained ?\n")
    dull.write_text("\n".join("It rained . " * i for i in range(60)))
    idle = grow_pipeline(token_model, "ner", tmp_path / "idle", is_changed=False)
    (tmp_path / "mine").mkdir()
    raw = ("--raw", tiny_raw)
    for args, message in [
        (("en_none", output, *raw), "'en_none' is neither"),
        (("blank:en", output, *raw), "is a new pipeline, which knows nothing yet"),
        ((token_model, output, *raw), f"nothing in '{token_model}' has grown"),
        ((tiny, output, *raw, "-c", "tagger"), f"'tagger' of '{tiny}' has not grown"),
        ((tiny, output, *raw, "-c", "nerd"), "has no component 'nerd'"),
        ((tiny, output, "--raw", few), "has too little text, 6 words"),
        ((idle, output, "--raw", dull), "finds nothing in the tenth"),
        ((tiny, output, *raw, "--gold", few), "few.txt"),
        ((tiny, output, *raw, "--gold", tmp_path / "no"), "there is no file or dir"),
        ((tiny, output, *raw, "--dev", tmp_path / "no"), "there is no file or dir"),
        ((tiny, tmp_path / "mine", *raw, "-F"), "exists, and is no pipeline"),
        ((tiny, tmp_path / "a" / "b", *raw), "there is no directory"),
        ((tiny, tiny / "small", *raw), f"is in '{tiny}' itself"),
        ((tiny, tiny, *raw, "--force"), f"is in '{tiny}' itself"),
    ]:
        args = ("compact", *args, "--max-steps", 0)
        printed = " ".join(run_rehearsal(*args, status=1).output.split())
        assert message in printed, printed[-200:]
        assert not output.exists()
    spacy.blank("en").to_disk(output)
    args = ("compact", tiny, output, *raw, "--max-steps", 0)
    assert "with --force" in run_rehearsal(*args, status=1).output
    assert not spacy.load(output).pipe_names


def test_its_own_code_is_imported(
    finder: Finder, tiny_raw: Path, tmp_path: Path
) -> None:
    raw = ("--raw", tiny_raw)
    args = ("compact", finder.model, tmp_path / "small", *raw, "-c", finder.name)
    printed = " ".join(run_rehearsal(*args, status=1).output.split())
    assert finder.message in printed
    result = run_rehearsal(*args, "--code", finder.code, status=1)
    assert "has not grown, or it has been trained in place" in " ".join(
        result.output.split()
    )


@pytest.mark.slow
def test_a_trained_pipeline_keeps_its_labels(websites: Path, tmp_path: Path) -> None:
    files = {name: websites / f"{name}.spacy" for name in ("train", "dev", "base_gold")}
    raw = ("--raw", websites / "raw.jsonl")
    config = tmp_path / "ner.cfg"
    data = ("--train", files["train"], "--dev", files["dev"], *raw)
    run_rehearsal("init-config", BASE_MODEL, config, *data)
    steps = ("--training.max_steps", 50, "--training.eval_frequency", 50)
    trained = run_spacy("train", config, "--output", tmp_path / "output", *steps)
    assert trained.returncode == 0, trained.stdout + trained.stderr
    args = (tmp_path / "output" / "model-last", tmp_path / "small", *raw)
    dev = ("--dev", files["dev"], "--dev", files["base_gold"])
    costs = compact(*args, *dev, "--gold", files["train"], "--max-steps", 50)
    cost = costs["components"]["ner"]
    new, base = (cost["scores"][str(files[name])] for name in ("dev", "base_gold"))
    assert new["after"]["f"] > new["before"]["f"] / 2 > 10
    assert base["after"]["f"] > base["before"]["f"] - 3
    assert cost["agreement"] > 85
