"""What `spacy rehearsal init-config` writes trains every kind of component."""

import json
from pathlib import Path
from typing import Any, Dict, List, Set, Tuple

import pytest
import spacy
import srsly
from spacy.cli._util import show_validation_error
from spacy.cli.debug_config import debug_config
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from spacy.util import load_config
from thinc.api import Config

from spacy_rehearsal.cli.init_config import init_config
from tests.util import BASE_MODEL, SENTENCES, make_example, run_rehearsal, to_json


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What `spacy train` logs, at the level that the command sets."""
    caplog.set_level("INFO", logger="spacy")
    return caplog


def make_gold(nlp: Language) -> List[Doc]:
    """Annotate a word with labels that are new to all components, and little else."""
    sells, rained = nlp.make_doc("Ann sells mugs ."), nlp.make_doc("It rained .")
    annotation = {
        "tags": ["", "", "NEW", ""],
        "pos": ["", "", "VERB", ""],
        "lemmas": ["", "", "ware", ""],
        "heads": [1, 1, 1, 1],
        "deps": ["nsubj", "ROOT", "goods", "punct"],
        "entities": ["O", "O", "U-GOODS", "O"],
        "cats": {"SALE": 1.0},
    }
    doc = Example.from_dict(sells, annotation).reference
    token: Any = doc[2]
    token.set_morph("Mood=Imp")
    doc.spans["sc"] = [Span(doc, 1, 2, "ACTION")]
    rained.cats = {"SALE": 0.0}
    return [doc, rained]


TOKENS = ["tagger", "morphologizer", "trainable_lemmatizer", "parser"]


def train_components(
    model: Path, path: Path, components: List[str], max_steps: int = 30
) -> Language:
    """Train components of a tiny pipeline with what init-config writes for it."""
    base = spacy.load(model)
    DocBin(docs=make_gold(base), store_user_data=True).to_disk(path / "gold.spacy")
    texts = [make_example(base, *s).text for s in ([SENTENCES[1]], SENTENCES[:0:-1])]
    srsly.write_jsonl(path / "raw.jsonl", [{"text": text} for text in texts] * 8)
    config = init_config(
        str(model),
        components=components,
        paths={
            "train": str(path / "gold.spacy"),
            "dev": str(path / "gold.spacy"),
            "raw": str(path / "raw.jsonl"),
        },
    )
    (path / "config.cfg").write_text(config)
    with show_validation_error(path / "config.cfg"):
        debug_config(path / "config.cfg")
    overrides = {
        "corpora.train.ratio": 4.0,
        "corpora.train.split": None,
        "corpora.dev.split": None,
        "corpora.train.min_silver": 0,
        "training.max_steps": max_steps,
        "training.eval_frequency": max_steps // 2,
        "training.optimizer.learn_rate.initial_rate": 0.02,
        "training.optimizer.learn_rate.warmup_steps": 5,
    }
    train(path / "config.cfg", path, overrides=overrides)
    return spacy.load(path / "model-last")


def get_report(base: Path, path: Path, component: str) -> Dict[str, Any]:
    """Compare one of the components that `train_components` trained with its base."""
    args = (base, path / "model-last", path / "gold.spacy", "-c", component)
    result = run_rehearsal(
        *("report", *args, "--raw", path / "raw.jsonl", "--json"),
        *("--html", path / f"{component}.html"),
    )
    report: Dict[str, Any] = json.loads(result.stdout)
    html = (path / f"{component}.html").read_text("utf8")
    assert f"What became of the base model's {report['annotation'][:4]}" in html
    assert "<script" not in html
    return report


@pytest.mark.parametrize("components", [TOKENS, [*TOKENS, "ner"]])
def test_trains_several_components(
    token_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    logged: pytest.LogCaptureFixture,
    components: List[str],
) -> None:
    trained = train_components(token_model, tmp_path, components)
    config = load_config(tmp_path / "config.cfg")
    has_ner = "ner" in components
    # all but the parser grow, and go on listening to what none of them changes
    growing = [name for name in components if name != "parser"]
    assert config["initialize"]["after_init"]["grown"] == growing
    frozen = ["tok2vec"] if has_ner else ["tok2vec", "ner"]
    assert config["training"]["frozen_components"] == frozen
    callbacks = [*config["training"]["before_update"]["*"]]
    distilled = [f"distillation_{name}" for name in components]
    assert callbacks == ["checkpoint", *distilled, "dropout"]
    printed = capsys.readouterr().out
    for column in ("TAG", "POS", "MORPH", "LEMMA", "DEP"):
        assert f"NEW_{column}" in printed and f"BASE_{column}" in printed
    message = "New labels of 'tagger', with their number in the gold: NEW (1)"
    assert message in logged.text
    base = spacy.load(token_model)
    token = trained("Ann sells mugs .")[2]
    assert (token.tag_, token.dep_, token.lemma_) == ("NEW", "goods", "ware")
    assert (token.pos_, str(token.morph)) == ("VERB", "Mood=Imp")
    for token, before in zip(trained(text := "It rained ."), base(text)):
        assert (token.tag_, token.pos_, str(token.morph)) == (
            before.tag_,
            before.pos_,
            str(before.morph),
        )
        assert (token.lemma_, token.dep_) == (before.lemma_, before.dep_)
    assert [ent.label_ for ent in trained("Ann sells mugs .").ents] == (
        ["PERSON", "GOODS"] if has_ner else ["PERSON"]
    )
    learned = {
        "tagger": ("NEW", "NNS"),
        "morphologizer": ("Mood=Imp|POS=VERB", "Number=Plur|POS=NOUN"),
        "parser": ("goods", "dobj"),
        "ner": ("GOODS", None),
    }
    for component in set(components) & {*learned}:
        new, old = learned[component]
        report = get_report(token_model, tmp_path, component)
        assert report["new_labels"] == [new]
        assert report["labels"][new]["before"]["f"] == 0
        assert report["labels"][new]["after"]["f"] == pytest.approx(100)
        assert report["raw"]["agreement"] == pytest.approx(100)
        assert report["raw"]["false_alarms_per_1000_words"] == 0
        assert old is None or report["became"][old] == {new: 1}
    report = get_report(token_model, tmp_path, "trainable_lemmatizer")
    assert report["labels"]["lemma"]["n_gold"] == 1
    assert report["labels"]["lemma"]["after"]["f"] == pytest.approx(100)
    assert report["became"]["lemma"]["other lemma"] == 1
    assert ">ware</span>" in (tmp_path / "trainable_lemmatizer.html").read_text("utf8")


def test_trains_a_component_that_is_switched_off(
    senter_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nlp = spacy.load(senter_model)
    nlp.disable_pipe("senter")
    nlp.to_disk(tmp_path / "base")
    trained = train_components(tmp_path / "base", tmp_path, ["senter"])
    assert trained.pipe_names == ["senter"]
    assert "BASE_SENTS_F" in capsys.readouterr().out
    text = "It rained . Joe runs in Oslo ."
    assert [sent.start for sent in trained(text).sents] == [0, 3]
    report = get_report(tmp_path / "base", tmp_path, "senter")
    assert report["raw"]["agreement"] == pytest.approx(100)
    assert set(report["became"]["sentence"]) == {"sentence"}


def test_trains_a_text_categorizer(
    category_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    logged: pytest.LogCaptureFixture,
) -> None:
    component = category_model.name
    trained = train_components(category_model, tmp_path, [component])
    printed = capsys.readouterr().out
    assert "NEW_CATS" in printed and "BASE_CATS" in printed
    assert f"New labels of '{component}'" in logged.text
    cats = trained("Ann sells mugs .").cats
    assert cats["SALE"] > 0.5
    assert (cats["SHOP"] > 0.5) == (component == "textcat_multilabel")
    cats = trained("It rained .").cats
    assert max(cats, key=lambda label: cats[label]) == "WEATHER"
    report = get_report(category_model, tmp_path, component)
    assert report["new_labels"] == ["SALE"]
    assert report["labels"]["SALE"]["after"] == {"p": 100, "r": 100, "f": 100}
    kept = "SHOP" if component == "textcat_multilabel" else "SALE"
    assert report["became"]["SHOP"] == {kept: 1}


def test_trains_a_span_categorizer(
    spancat_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    logged: pytest.LogCaptureFixture,
) -> None:
    trained = train_components(spancat_model, tmp_path, ["spancat"], max_steps=600)
    printed = " ".join(capsys.readouterr().out.split())
    assert "NEW_SPANS" in printed and "BASE_SPANS" in printed
    message = "New labels of 'spancat', with their number in the gold: ACTION (1)"
    assert message in logged.text

    def get_spans(text: str) -> Set[Tuple[str, str]]:
        doc = trained(text)
        return {(span.text, span.label_) for span in doc.spans["sc"]}

    assert ("sells", "ACTION") in get_spans("Ann sells mugs .")
    base_spans = {("Joe", "PERSON"), ("Oslo", "PLACE")}
    assert get_spans("Joe runs in Oslo .") - {("runs", "ACTION")} == base_spans
    report = get_report(spancat_model, tmp_path, "spancat")
    assert report["new_labels"] == ["ACTION"]
    assert report["labels"]["ACTION"]["after"]["r"] == pytest.approx(100)
    assert report["became"]["PERSON"].keys() <= {"PERSON", "no span"}


def test_stdout_and_json() -> None:
    config = run_rehearsal("init-config", BASE_MODEL, "-").stdout
    assert config == init_config(BASE_MODEL)
    as_json = run_rehearsal("init-config", BASE_MODEL, "-", "--json").stdout
    expected = Config().from_str(config, interpolate=False)
    assert to_json(json.loads(as_json)) == to_json(expected)


def test_one_annotated_file_is_enough(
    tmp_path: Path, sample: Path, logged: pytest.LogCaptureFixture
) -> None:
    """A tenth of it is to evaluate on, and there is no raw text."""
    result = run_rehearsal(
        *("init-config", BASE_MODEL, tmp_path / "ner.cfg"),
        *("--train", sample / "train.spacy", "--split-dev"),
    )
    assert "--paths.dev" not in result.output
    corpora = load_config(tmp_path / "ner.cfg")["corpora"]
    assert corpora["dev"]["gold"] == "${corpora.train.gold}"
    overrides = {"training.max_steps": 1, "training.eval_frequency": 1}
    train(tmp_path / "ner.cfg", tmp_path / "output", overrides=overrides)
    assert "There is no raw text" in logged.text
    args = ("init-config", BASE_MODEL, "-", "--dev", "a.jsonl", "--split-dev")
    result = run_rehearsal(*args, status=1)
    assert "give --dev or --split-dev" in result.output
