import json
from itertools import islice
from pathlib import Path
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.language import Language

from spacy_rehearsal.tuning.bias import apply_bias
from tests.util import (
    BASE_MODEL,
    EXAMPLES,
    find_ents_without_plugin,
    get_ents,
    run_rehearsal,
    run_spacy,
)

ASSETS = EXAMPLES / "websites" / "assets"
SIZES = {"train": 100, "dev": 80, "raw": 400}
SHORT = (
    *("--training.max_steps", 40, "--training.eval_frequency", 40),
    *("--training.optimizer.learn_rate.initial_rate", 0.005),
    *("--training.optimizer.learn_rate.warmup_steps", 5),
    *("--training.batcher.size.start", 200, "--training.batcher.size.stop", 300),
    *("--corpora.train.min_silver", 1000),
)
TEXTS = [
    "I found it on Etsy and eBay, and Ann Lee from Oslo sold it on Reddit.",
    "See www.example.org or ask Google.",
    *(record["text"] for record in islice(srsly.read_jsonl(ASSETS / "raw.jsonl"), 40)),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data")
    for name, size in SIZES.items():
        rows = islice(srsly.read_jsonl(ASSETS / f"{name}.jsonl"), size)
        srsly.write_jsonl(path / f"{name}.jsonl", rows)
    return path


@pytest.fixture(scope="module")
def trained(data: Path) -> Path:
    """The base pipeline with an `ner` that has grown."""
    config, files = data / "ner.cfg", {n: data / f"{n}.jsonl" for n in SIZES}
    options = [word for name, path in files.items() for word in (f"--{name}", path)]
    run_rehearsal("init-config", BASE_MODEL, config, *options)
    result = run_spacy("train", config, "--output", data / "output", *SHORT)
    assert result.returncode == 0, result.stdout + result.stderr
    return data / "output" / "model-last"


@pytest.fixture(scope="module")
def grown(data: Path, trained: Path) -> Path:
    """The same, but that it finds far too many websites."""
    nlp = spacy.load(trained)
    apply_bias(nlp, "ner", {"WEBSITE": 2.0})
    nlp.to_disk(data / "grown")
    return data / "grown"


@pytest.fixture(scope="module")
def searched(data: Path, grown: Path) -> Any:
    output = data / "searched"
    result = run_spacy(
        *("rehearsal", "tune", BASE_MODEL, grown, data / "dev.jsonl", output),
        *("--raw", data / "raw.jsonl", "--json"),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(result.stdout)


def tune(data: Path, trained: Path, output: Path, *args: Any) -> Any:
    result = run_rehearsal(
        *("tune", BASE_MODEL, trained, data / "dev.jsonl", output, *args),
        *("--raw", data / "raw.jsonl", "--json"),
    )
    return json.loads(result.stdout)


def predict(nlp: Language) -> List[Any]:
    return [get_ents(doc) for doc in nlp.pipe(TEXTS)]


@pytest.mark.slow
def test_finds_something_better(searched: Any) -> None:
    before, best = searched["before"], searched["best"]
    assert best["score"] > before["score"] + 5
    assert best["bias"]["WEBSITE"] <= -1
    assert best["false_alarms_per_1000_words"] < before["false_alarms_per_1000_words"]
    assert best in searched["biases"]
    assert [row["scale"] for row in searched["scales"]] == [0, 0.25, 0.5, 0.75, 1, 1.25]
    assert searched["weights"] == {"learned_f": 1.0}
    assert searched["gold"] == {"WEBSITE": 62}
    # a tenth of the text of the training, which it was not trained on
    assert 500 < searched["raw_words"] < 2000


@pytest.mark.slow
def test_more_bias_finds_more(searched: Any) -> None:
    alarms = [row["false_alarms_per_1000_words"] for row in searched["biases"]]
    assert [row["bias"]["WEBSITE"] for row in searched["biases"]] == [
        i / 2 for i in range(-6, 7)
    ]
    assert alarms == sorted(alarms)
    assert alarms[0] < alarms[6] < alarms[-1]


@pytest.mark.slow
def test_scores_are_those_of_training(
    data: Path, trained: Path, searched: Any, tmp_path: Path
) -> None:
    logged = srsly.read_json(trained / "meta.json")["performance"]
    as_it_is = tune(data, trained, tmp_path / "same", "--bias", 0, "--scale", 1)
    assert as_it_is["before"]["new_f"] == pytest.approx(100 * logged["new_f"])
    assert as_it_is["before"]["base_f"] == pytest.approx(
        100 * logged["agreement_f"], abs=2
    )
    tuned = srsly.read_json(Path(searched["output"]) / "meta.json")["performance"]
    assert 100 * tuned["new_f"] == pytest.approx(searched["best"]["new_f"])
    assert not [name for name in tuned if name.startswith("ents_")]


@pytest.mark.slow
def test_writes_a_plain_pipeline(grown: Path, searched: Any, tmp_path: Path) -> None:
    text = "\n".join(TEXTS)
    found = find_ents_without_plugin(searched["output"], text, tmp_path)
    assert found == get_ents(spacy.load(searched["output"])(text))
    assert found != get_ents(spacy.load(grown)(text))
    names = {path.relative_to(grown) for path in grown.rglob("*")}
    output = Path(searched["output"])
    assert names == {path.relative_to(output) for path in output.rglob("*")}
    differing = {
        name.as_posix()
        for name in names
        if (grown / name).is_file()
        and (grown / name).read_bytes() != (output / name).read_bytes()
    }
    assert differing == {"ner/model", "meta.json"}


@pytest.mark.slow
def test_by_hand(data: Path, grown: Path, tmp_path: Path) -> None:
    as_it_is = tune(data, grown, tmp_path / "same", "--bias", 0, "--scale", 1)
    assert as_it_is["best"] == as_it_is["before"] == as_it_is["biases"][0]
    model = Path("ner") / "model"
    assert (tmp_path / "same" / model).read_bytes() == (grown / model).read_bytes()
    none = tune(data, grown, tmp_path / "none", "--bias", -1000, "--scale", 0)
    assert none["best"]["new_f"] == none["best"]["false_alarms_per_1000_words"] == 0
    base = spacy.load(BASE_MODEL)
    assert predict(spacy.load(tmp_path / "none")) == predict(base)
    args = ("--label-bias", "WEBSITE=1.5", "--scale", 1)
    more = tune(data, grown, tmp_path / "more", *args)
    assert more["best"]["bias"] == {"WEBSITE": 1.5}
    assert more["best"]["false_alarms_per_1000_words"] > 0
    undo = ("--bias", -1.5, "--scale", 1, "--force")
    again = tune(data, tmp_path / "more", tmp_path / "none", *undo)
    assert again["best"] == {**as_it_is["before"], "bias": {"WEBSITE": -1.5}}


@pytest.mark.slow
def test_shows_tables(data: Path, grown: Path, tmp_path: Path) -> None:
    args = ("tune", BASE_MODEL, grown, data / "dev.jsonl", tmp_path / "output")
    printed = run_rehearsal(*args, "--scale", 1).stdout
    assert "Tuned on 80 texts with 62 WEBSITE" in printed
    assert "Without --raw nothing counts false alarms" in printed
    header = "bias new F base F false alarms score"
    assert header in " ".join(printed.split())
    assert " ".join(printed.split()).count(header) == 2
    assert (tmp_path / "output" / "config.cfg").is_file()


@pytest.mark.slow
def test_bad_input_ends_in_one_message(data: Path, grown: Path, tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_text('["Ann.", {"entities": [[0, 3, "PERSON"]]}]')
    (tmp_path / "there").mkdir()
    nlp = spacy.load(grown, exclude=["tagger", "parser", "lemmatizer"])
    tokenizer: Any = nlp.tokenizer
    tokenizer.add_special_case("eBay", [{"ORTH": "e"}, {"ORTH": "Bay"}])
    nlp.to_disk(tmp_path / "tokens")
    ner = spacy.blank("en")
    ner.add_pipe("ner").add_label("WEBSITE")  # type: ignore[attr-defined]
    ner.initialize()
    ner.to_disk(tmp_path / "labels")
    dev, new = data / "dev.jsonl", tmp_path / "new"
    for args, message in [
        ((BASE_MODEL, grown, dev, tmp_path / "there", "-F"), "is no pipeline. Give"),
        ((BASE_MODEL, grown, dev, tmp_path / "tokens"), "Overwrite it with --force"),
        ((BASE_MODEL, grown, dev, grown / "tuned"), "itself. Give another"),
        ((BASE_MODEL, grown, dev, tmp_path / "no" / "tuned"), "there is no directory"),
        (("en_none", grown, dev, new), "'en_none' is neither"),
        (("blank:en", grown, dev, new), "is a new pipeline, which knows nothing yet"),
        ((BASE_MODEL, BASE_MODEL, dev, new), "there is nothing to tune"),
        ((grown, BASE_MODEL, dev, new), "it lacks the labels WEBSITE"),
        ((BASE_MODEL, tmp_path / "labels", dev, new), "it lacks the labels CARDINAL"),
        ((BASE_MODEL, tmp_path / "tokens", dev, new), "it gets other tokens of: "),
        ((BASE_MODEL, grown, tmp_path / "old.jsonl", new), "It has: PERSON"),
        ((BASE_MODEL, grown, dev, new, "-c", "tagger"), "its factory is tagger"),
        ((BASE_MODEL, grown, dev, new, "-c", "none"), "has no component 'none'"),
        ((BASE_MODEL, grown, dev, new, "--label-bias", "GPE=1"), "is no new label"),
        ((BASE_MODEL, grown, dev, new, "--label-bias", "1"), "expected LABEL=0.5"),
        ((BASE_MODEL, grown, dev, new, "--bias", "nan"), "a finite number"),
    ]:
        result = run_rehearsal("tune", *args, status=1)
        assert message in " ".join(result.output.split()), (args, result.output)
    assert not new.exists()
    assert not list((tmp_path / "there").iterdir())
