"""What has grown learns, and what it has grown from stays."""

from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy
import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from thinc.api import Adam, Config

from spacy_rehearsal.cli.init_config import init_config
from spacy_rehearsal.growth.component import find_growth, grow_blocks
from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.training.growing import FrozenBase
from tests.growth.util import get_weights, make_grown
from tests.util import (
    BASE_MODEL,
    SENTENCES,
    TOK2VEC,
    find_ents_without_plugin,
    get_ents,
    make_example,
    run_rehearsal,
    run_spacy,
    train_ner,
)

PARTS = ("tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer")
BRIEF = ("--training.max_steps", 40, "--training.eval_frequency", 20)


@pytest.fixture(scope="module")
def grown(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that a short training of a grown component wrote."""
    path = tmp_path_factory.mktemp("grown")
    run_rehearsal("init-config", BASE_MODEL, path / "train.cfg")
    output = path / "output"
    result = train_ner(path / "train.cfg", sample, "--output", output, *BRIEF)
    assert result.returncode == 0, result.stdout + result.stderr
    return output / "model-last"


@pytest.mark.slow
def test_a_grown_component_learns_and_its_base_stays(
    grown: Path, base: Language, sample: Path
) -> None:
    nlp = spacy.load(grown)
    assert "WEBSITE" in nlp.get_pipe("ner").labels  # type: ignore[attr-defined]
    docs = list(DocBin().from_disk(sample / "train.spacy").get_docs(nlp.vocab))
    found = {ent for doc in nlp.pipe(d.text for d in docs) for ent in get_ents(doc)}
    assert any(label == "WEBSITE" for _, label in found)
    old, new = (p.get_pipe("ner").model for p in (base, nlp))  # type: ignore
    encoders = [model.get_ref("tok2vec").layers[0] for model in (old, new)]
    assert encoders[0].to_bytes() == encoders[1].layers[0].to_bytes()
    layers = [[m.get_ref("lower"), m.get_ref("upper")] for m in (old, new)]
    (lower, upper), (larger_lower, larger_upper) = layers
    n_actions, width = upper.get_param("W").shape
    for before, after in (
        (lower.get_param("W"), larger_lower.get_param("W")[:, :width, :, :width]),
        (upper.get_param("W"), larger_upper.get_param("W")[:n_actions, :width]),
        (upper.get_param("b"), larger_upper.get_param("b")[:n_actions]),
    ):
        numpy.testing.assert_array_equal(before, after)


@pytest.mark.slow
def test_no_other_component_changes(grown: Path, base: Language, sample: Path) -> None:
    nlp = spacy.load(grown)
    texts = [record["text"] for record in srsly.read_jsonl(sample / "raw.jsonl")]
    for before, after in zip(base.pipe(texts), nlp.pipe(texts)):
        assert get_annotation(before) == get_annotation(after)
    for name in PARTS:
        if getattr(nlp.get_pipe(name), "model", None):
            for first, second in zip(get_weights(base, name), get_weights(nlp, name)):
                assert all((first[p] == second[p]).all() for p in first)


def get_annotation(doc: Doc) -> List[Tuple[Any, ...]]:
    return [
        (t.tag_, t.pos_, t.head.i, t.dep_, t.lemma_, t.is_sent_start, t.ent_iob_ == "")
        for t in doc
    ]


@pytest.mark.slow
def test_what_has_grown_loads_where_the_plugin_is_not(
    grown: Path, tmp_path: Path
) -> None:
    text = "Ann reads nytimes.com in Oslo."
    ents = find_ents_without_plugin(grown, text, tmp_path)
    assert ("Oslo", "GPE") in ents
    assert ents == get_ents(spacy.load(grown)(text))


@pytest.mark.slow
def test_what_has_grown_grows_again(grown: Path, sample: Path, tmp_path: Path) -> None:
    config = tmp_path / "again.cfg"
    run_rehearsal("init-config", grown, config)
    train_ner(
        *(config, sample, "--output", tmp_path / "output", *BRIEF),
        *("--paths.base_model", grown),
    )
    nlp = spacy.load(tmp_path / "output" / "model-last")
    ner: Dict[str, Any] = nlp.config["components"]["ner"]
    assert list(ner["model"]["tok2vec"]["*"]) == ["base", "grown1", "grown2"]
    assert ner["model"]["hidden_width"] == 192


@pytest.mark.slow
def test_a_grown_parser_trains(sample: Path, tmp_path: Path, base: Language) -> None:
    docs = []
    for doc in DocBin().from_disk(sample / "train.spacy").get_docs(base.vocab):
        parsed = base(doc.text)
        for token in parsed:
            if token.dep_ == "dobj":
                token.dep_ = "theme"
        docs.append(parsed)
    for name in ("train", "dev"):
        DocBin(docs=docs).to_disk(tmp_path / f"{name}.spacy")
    config = tmp_path / "parser.cfg"
    text = init_config(BASE_MODEL, components=["parser"])
    settings = Config().from_str(text, interpolate=False)
    assert "source" in settings["components"]["parser"]  # it learns more in place
    settings["components"].update(grow_blocks(base.config, ["parser"]))
    settings["initialize"]["after_init"]["grown"] = ["parser"]
    settings.to_disk(config, interpolate=False)
    output = tmp_path / "output"
    result = run_spacy(
        *("train", config, "--output", output, "--paths.base_model", BASE_MODEL),
        *(
            "--paths.train",
            tmp_path / "train.spacy",
            "--paths.dev",
            tmp_path / "dev.spacy",
        ),
        *("--paths.raw", sample / "raw.jsonl", *BRIEF),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    nlp = spacy.load(output / "model-last")
    parser, before = nlp.get_pipe("parser"), base.get_pipe("parser")
    assert "theme" in parser.labels  # type: ignore[attr-defined]
    weights: Any = parser.model.get_ref("lower").get_param("W")  # type: ignore[attr-defined]
    old: Any = before.model.get_ref("lower").get_param("W")  # type: ignore[attr-defined]
    numpy.testing.assert_array_equal(old, weights[:, :64, :, :64])


@pytest.mark.parametrize(
    "args, message",
    [
        (
            ("--training.optimizer.@optimizers", "Adam.v1"),
            "training -> optimizer weight decay and averages of Adam.v1 would change",
        ),
        (
            ("--training.frozen_components", '["tok2vec","tagger","parser","ner"]'),
            "grown 'ner' is frozen or disabled, so it can't grow",
        ),
        (
            ("--initialize.after_init.grown", '["tagger"]'),
            "'tagger' is none of the teacher's components: ner",
        ),
    ],
)
def test_settings_that_do_not_go_with_growing_are_refused(
    args: Tuple[str, str], message: str, sample: Path, tmp_path: Path
) -> None:
    config = tmp_path / "train.cfg"
    run_rehearsal("init-config", BASE_MODEL, config)
    result = train_ner(config, sample, *args, *BRIEF)
    assert result.returncode == 1
    assert message in " ".join(result.stdout.split())


def test_a_label_that_comes_up_in_an_update_is_added(
    base: Language, teacher: Teacher
) -> None:
    nlp = make_grown(base, BASE_MODEL, "ner")
    ner: Any = nlp.get_pipe("ner")
    growth = find_growth(nlp, "ner", base)
    with FrozenBase(growth, teacher, "ner")(ner):
        ner.add_label("WEBSITE")
    assert ner.model.get_ref("upper").get_dim("nO") == ner.moves.n_moves
    assert [*nlp.pipe(["Ann lives in Oslo."])]


def test_what_grows_without_an_upper_layer_learns(tmp_path: Path) -> None:
    path = tmp_path / "base"
    nlp = spacy.blank("en")
    model = {"tok2vec": TOK2VEC, "use_upper": False}
    ner: Any = nlp.add_pipe("ner", config={"model": model})
    ner.add_label("PERSON")
    nlp.initialize()
    nlp.to_disk(path)
    grown = make_grown(nlp, path, "ner")
    examples = [make_example(grown, sentence) for sentence in SENTENCES]
    around = FrozenBase(find_growth(grown, "ner", nlp), Teacher(path), "ner")
    pipe: Any = grown.get_pipe("ner")
    pipe.add_label("GPE")
    optimizer = Adam(0.005, L2=0.0)
    losses: List[Dict[str, float]] = [{} for _ in range(30)]
    for loss in losses:
        with around(pipe):
            pipe.update(examples, losses=loss)
        pipe.finish_update(optimizer)
    assert losses[-1]["ner"] < losses[0]["ner"] / 10


def test_a_config_for_another_network_is_refused(sample: Path, tmp_path: Path) -> None:
    config = tmp_path / "train.cfg"
    run_rehearsal("init-config", BASE_MODEL, config)
    rows = "--components.ner.model.tok2vec.*.base.embed.rows"
    result = train_ner(config, sample, rows, "[5000,1000,2500,2000]", *BRIEF)
    assert result.returncode == 1
    assert "is not the base pipeline's network and one more part" in result.stdout
