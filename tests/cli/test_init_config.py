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
from tests.util import (
    BASE_MODEL,
    NER_CFG,
    SENTENCES,
    get_ents,
    make_doc,
    make_example,
    run_rehearsal,
    run_spacy,
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
def listening(request, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
    ruler = nlp.add_pipe("entity_ruler", before="ner")
    patterns = [{"label": "GREETING", "pattern": [{"LOWER": "hello"}]}]
    ruler.add_patterns(patterns)  # type: ignore[attr-defined]
    assert get_ents(nlp("Ann Lee lives in Oslo.")) == [
        ("Ann Lee", "PERSON"),
        ("Oslo", "GPE"),
    ]
    nlp.to_disk(path)
    return path


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
    doc[2].set_morph("Mood=Imp")
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
    token_model: Path, tmp_path: Path, capsys, components: List[str]
):
    trained = train_components(token_model, tmp_path, components)
    config = load_config(tmp_path / "config.cfg")
    is_shared = "ner" not in components
    assert ("replace_listeners" in config["components"]["tagger"]) == is_shared
    frozen = ["tok2vec", "ner"] if is_shared else []
    assert config["training"]["frozen_components"] == frozen
    assert ("distillation" in config["training"]["before_update"]["*"]) != is_shared
    printed = capsys.readouterr().out
    for column in ("TAG", "POS", "MORPH", "LEMMA", "DEP"):
        assert f"NEW_{column}" in printed and f"BASE_{column}" in printed
    assert "New labels of 'tagger', with their number in the gold: NEW (1)" in printed
    base = spacy.load(token_model)
    token = trained("Ann sells mugs .")[2]
    assert (token.tag_, token.dep_, token.lemma_) == ("NEW", "goods", "ware")
    assert (token.pos_, str(token.morph)) == ("VERB", "Mood=Imp")
    for token, before in zip(trained(text := "It rained ."), base(text)):
        assert (token.tag_, token.pos_, token.morph.key) == (
            before.tag_,
            before.pos_,
            before.morph.key,
        )
        assert (token.lemma_, token.dep_) == (before.lemma_, before.dep_)
    assert [ent.label_ for ent in trained("Ann sells mugs .").ents] == (
        ["PERSON"] if is_shared else ["PERSON", "GOODS"]
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
    senter_model: Path, tmp_path: Path, capsys
):
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


def test_trains_a_text_categorizer(category_model: Path, tmp_path: Path, capsys):
    component = category_model.name
    trained = train_components(category_model, tmp_path, [component])
    printed = capsys.readouterr().out
    assert "NEW_CATS" in printed and "BASE_CATS" in printed
    assert f"New labels of '{component}'" in printed
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


def test_trains_a_span_categorizer(spancat_model: Path, tmp_path: Path, capsys):
    trained = train_components(spancat_model, tmp_path, ["spancat"], max_steps=300)
    printed = " ".join(capsys.readouterr().out.split())
    assert "NEW_SPANS" in printed and "BASE_SPANS" in printed
    assert (
        "New labels of 'spancat', with their number in the gold: ACTION (1)" in printed
    )

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


def make_config(path: Path, base_model, data: Path) -> Path:
    run_rehearsal(
        *("init-config", base_model, path),
        *("--train", data / "train.spacy", "--dev", data / "dev.spacy"),
        *("--raw", data / "raw.jsonl"),
    )
    return path


def test_is_the_preset_for_the_pipeline_of_the_preset():
    """What init-config writes is configs/ner.cfg, filled in."""

    def read(config: Config) -> Config:
        del config["paths"]
        weights = config["training"]["score_weights"]
        used = {name: weight for name, weight in weights.items() if weight is not None}
        config["training"]["score_weights"] = used
        return config

    preset = read(load_config(NER_CFG))
    config = read(Config().from_str(init_config(BASE_MODEL), interpolate=False))
    assert config == config.merge(preset)


def test_is_accepted_and_trains(sample: Path, tmp_path: Path):
    config = make_config(tmp_path / "ner.cfg", BASE_MODEL, sample)
    with show_validation_error(config):
        debug_config(config)
    result = run_spacy(
        *("train", config, "--output", tmp_path),
        *("--training.max_steps", 2, "--training.eval_frequency", 2),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "NEW_F" in result.stdout
    assert "[W" not in result.stderr


def test_frozen_components_stay_as_they_were(
    listening: Path, sample: Path, tmp_path: Path
):
    config_path = make_config(tmp_path / "ner.cfg", listening, sample)
    config = load_config(config_path)
    is_shared = listening.name == "shared"
    assert config["training"]["frozen_components"] == (
        ["tok2vec", "tagger", "entity_ruler"] if is_shared else ["entity_ruler"]
    )
    assert config["components"]["ner"].get("replace_listeners") == (
        ["model.tok2vec"] if is_shared else None
    )
    with show_validation_error(config_path):
        debug_config(config_path)
    overrides = {"training.max_steps": 10, "training.eval_frequency": 5}
    train(config_path, tmp_path, overrides=overrides)
    base, trained = spacy.load(listening), spacy.load(tmp_path / "model-last")
    assert trained.pipe_names == base.pipe_names
    text = "Hello, Ann Lee lives in Oslo with Ada."
    assert [t.tag_ for t in trained(text)] == [t.tag_ for t in base(text)]
    assert "WEBSITE" in trained.get_pipe("ner").labels  # type: ignore[attr-defined]
    assert ("Hello", "GREETING") in get_ents(trained(text))
    listeners = trained.get_pipe("tok2vec").listening_components  # type: ignore
    assert listeners == (["tagger"] if is_shared else ["ner"])


def test_a_file_of_tuples_trains_without_code(tmp_path: Path, monkeypatch, capsys):
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


def test_paths_that_are_not_known_are_left_to_the_command_line():
    config = init_config(BASE_MODEL, paths={"train": "my.jsonl"}, file_name="my.cfg")
    assert "# dev =" in config
    assert 'train = "my.jsonl"' in config
    command = "spacy train my.cfg --output output --paths.dev dev.spacy --paths.raw raw"
    assert command in config


def test_one_config_for_several_languages(websites: Path, tmp_path: Path, capsys):
    for lang in ("en", "de"):
        nlp = spacy.blank(lang)
        nlp.add_pipe("ner").add_label("PER")  # type: ignore[attr-defined]
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


def test_a_tokenizer_of_its_own_is_kept(tmp_path: Path):
    @spacy.registry.tokenizers("words.v1")
    def create_words(sep: str):
        return lambda nlp: spacy.tokenizer.Tokenizer(nlp.vocab)

    nlp = spacy.load(BASE_MODEL)
    nlp.config["nlp"]["tokenizer"] = {"@tokenizers": "words.v1", "sep": "_"}
    nlp.to_disk(tmp_path / "base")
    config = Config().from_str(init_config(str(tmp_path / "base")), interpolate=False)
    assert config["nlp"]["tokenizer"] == {"@tokenizers": "words.v1", "sep": "_"}


def test_bad_input_ends_in_one_message(tmp_path: Path):
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
        ((BASE_MODEL, output, "-t", "a.csv"), "'a.csv' is no .spacy, .jsonl"),
        ((BASE_MODEL, output, "-r", "a.csv"), "'a.csv' is no .jsonl, .txt file"),
    ]:
        result = run_rehearsal("init-config", *args, status=1)
        assert message in " ".join(result.output.split())
        assert not output.exists()
    output.write_text("mine")
    assert (
        "--force" in run_rehearsal("init-config", BASE_MODEL, output, status=1).output
    )
    assert output.read_text() == "mine"


def test_a_directory_gets_the_reader_of_its_files(tmp_path: Path):
    (tmp_path / "simple").mkdir()
    (tmp_path / "simple" / "a.jsonl").touch()
    (tmp_path / "docs.v1").mkdir()
    (tmp_path / "docs.v1" / "a.spacy").touch()
    paths = {"train": str(tmp_path / "simple"), "dev": str(tmp_path / "docs.v1")}
    config = Config().from_str(init_config(BASE_MODEL, paths=paths), interpolate=False)
    readers = [config["corpora"][name]["gold"]["@readers"] for name in paths]
    assert readers == ["spacy-rehearsal.SimpleCorpus.v1", "spacy.Corpus.v1"]


def test_directories_of_two_kinds_are_refused(tmp_path: Path):
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "b.spacy").touch()
    result = run_rehearsal("init-config", BASE_MODEL, "-", "-t", tmp_path, status=1)
    assert "holds annotations of two kinds" in " ".join(result.output.split())


def test_says_how_to_switch_off_what_was_off():
    config = init_config(BASE_MODEL, components=["tagger", "senter"])
    assert '# nlp.disable_pipe("senter") switches it off again' in config


def test_stdout_and_json():
    config = run_rehearsal("init-config", BASE_MODEL, "-").stdout
    assert Config().from_str(config, interpolate=False)["nlp"]["lang"] == "en"
    as_json = run_rehearsal("init-config", BASE_MODEL, "-", "--json").stdout
    assert json.loads(as_json) == Config().from_str(config, interpolate=False)
