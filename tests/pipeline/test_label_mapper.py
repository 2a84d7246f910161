import pickle
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Config, ConfigValidationError

from spacy_rehearsal.gazetteers.memory import Gazetteer
from spacy_rehearsal.gazetteers.names import Folding
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer, build_sqlite
from spacy_rehearsal.pipeline.label_mapper import LabelMapper
from tests.pipeline.util import TABLES, add, make_blank, map_tokens
from tests.util import BASE_MODEL, get_ents, run_spacy

RULES = [
    {
        "id": "destination",
        "label": "GPE",
        "to": "TOURIST_DESTINATION",
        "gazetteer": "destinations",
        "unless": [[{"ENT_TYPE": "GPE"}, {"LOWER": "in"}, {"ENT_TYPE": "GPE"}]],
    },
    {
        "id": "capital",
        "label": ["GPE", "LOC"],
        "to": "CAPITAL",
        "gazetteer": "capitals",
        "context": [[{"LEMMA": "govern"}], [{"LOWER": "parliament"}]],
        "window": 3,
    },
]


@pytest.fixture
def mapper_nlp(nlp: Language) -> Language:
    mapper = nlp.add_pipe("label_mapper")
    for name, table in TABLES.items():
        mapper.add_gazetteer(name, table)
    mapper.add_rules(RULES)
    return nlp


def test_maps_by_gazetteer_unless_excepted(mapper_nlp: Language):
    doc = mapper_nlp("You should visit Paris once in your life.")
    (ent,) = doc.ents
    assert (ent.label_, ent._.generic_label) == ("TOURIST_DESTINATION", "GPE")
    assert ent.kb_id_ == "Q90"
    doc = mapper_nlp("There's also a Paris in Arkansas, lol")
    assert get_ents(doc) == [("Paris", "GPE"), ("Arkansas", "GPE")]
    assert [ent._.generic_label for ent in doc.ents] == ["GPE", "GPE"]


def test_exception_holds_in_its_sentence_only(mapper_nlp: Language):
    doc = mapper_nlp("There is a Paris in Arkansas. We flew to Paris from Rome.")
    assert get_ents(doc) == [
        ("Paris", "GPE"),
        ("Arkansas", "GPE"),
        ("Paris", "TOURIST_DESTINATION"),
        ("Rome", "GPE"),
    ]


def test_sentence_window_needs_sentences():
    rules = [{"label": "GPE", "to": "CITY", "context": [{"LOWER": "mayor"}]}]
    with pytest.raises(ValueError, match="sentence boundaries"):
        map_tokens(["to", "Oslo"], (1, 2, "GPE"), rules)


def test_labels(mapper_nlp: Language):
    assert mapper_nlp.pipe_labels["label_mapper"] == ["CAPITAL", "TOURIST_DESTINATION"]


def test_missing_gazetteer_is_named(nlp: Language):
    mapper = nlp.add_pipe("label_mapper")
    mapper.add_rules(RULES)
    with pytest.raises(ConfigValidationError, match="no gazetteer 'destinations'"):
        nlp("Paris is nice.")
    with pytest.raises(ConfigValidationError, match="no gazetteer 'capitals'"):
        mapper.initialize(
            lambda: [], rules=RULES, gazetteers={"destinations": ["Paris"]}
        )


def test_a_bad_rule_adds_none(mapper_nlp: Language):
    mapper = mapper_nlp.get_pipe("label_mapper")
    assert isinstance(mapper, LabelMapper)
    with pytest.raises(ConfigValidationError):
        mapper.add_rules([{"label": "LOC", "to": "SEA"}, {"label": "LOC"}])
    assert mapper.rules == RULES


TEXTS = ["We loved Paris and Rome.", "The parliament in Berlin sits.", "Nothing here."]


@pytest.mark.parametrize("how", ["disk", "bytes", "pickle", "processes"])
def test_survives(how: str, mapper_nlp: Language, tmp_path: Path):
    def apply(nlp: Language, **kwargs):
        docs = nlp.pipe(TEXTS, **kwargs)
        return [
            [(e.text, e.label_, e._.generic_label, e.kb_id_) for e in d.ents]
            for d in docs
        ]

    expected = apply(mapper_nlp)
    assert expected[0][0] == ("Paris", "TOURIST_DESTINATION", "GPE", "Q90")
    if how == "disk":
        mapper_nlp.to_disk(tmp_path)
        assert apply(spacy.load(tmp_path)) == expected
        mapper_nlp.to_disk(tmp_path)
        assert apply(spacy.load(tmp_path)) == expected
    elif how == "bytes":
        data = mapper_nlp.get_pipe("label_mapper").to_bytes()
        nlp = spacy.load(BASE_MODEL)
        mapper = nlp.add_pipe("label_mapper").from_bytes(data)
        assert mapper.rules == RULES
        assert [len(table) for table in mapper.gazetteers.values()] == [2, 2]
        assert apply(nlp) == expected
    elif how == "pickle":
        assert apply(pickle.loads(pickle.dumps(mapper_nlp))) == expected
    else:
        assert apply(mapper_nlp, n_process=2) == expected


def test_initialize_from_a_config(tmp_path: Path):
    srsly.write_jsonl(tmp_path / "rules.jsonl", RULES[:1])
    srsly.write_jsonl(tmp_path / "places.jsonl", [{"name": "Paris"}])
    config = Config().from_str(
        f"""
        [nlp]
        lang = "en"
        pipeline = ["sentencizer","label_mapper"]
        [components]
        [components.sentencizer]
        factory = "sentencizer"
        [components.label_mapper]
        factory = "label_mapper"
        [initialize]
        [initialize.components]
        [initialize.components.label_mapper]
        [initialize.components.label_mapper.rules]
        @readers = "srsly.read_jsonl.v1"
        path = "{tmp_path}/rules.jsonl"
        [initialize.components.label_mapper.gazetteers]
        [initialize.components.label_mapper.gazetteers.destinations]
        @misc = "spacy-rehearsal.JsonlGazetteer.v1"
        path = "{tmp_path}/places.jsonl"
        """
    )
    nlp = spacy.util.load_model_from_config(config, auto_fill=True)
    doc = nlp.make_doc("Visit Paris")
    nlp.initialize(lambda: [Example(doc, doc)])
    doc.ents = [Span(doc, 1, 2, "GPE")]
    assert get_ents(nlp(doc)) == [("Paris", "TOURIST_DESTINATION")]


def test_names_of_the_extensions(nlp: Language):
    attrs = {"generic_label_attr": "base_label", "mapped_by_attr": "rule"}
    mapper = nlp.add_pipe("label_mapper", config=attrs)
    mapper.add_rules([{"id": "city", "label": "GPE", "to": "CITY"}])
    (ent,) = nlp("We like Oslo.").ents
    assert (ent._.base_label, ent._.rule) == ("GPE", "city")
    Span.set_extension("taken", getter=len, force=True)
    with pytest.raises(ValueError, match="'taken' of another kind"):
        nlp.add_pipe("label_mapper", "other", config={"mapped_by_attr": "taken"})


@pytest.mark.parametrize(
    "condition,excluded,missing",
    [
        ({"context": [{"LEMMA": "visit"}]}, "lemmatizer", "a lemmatizer"),
        ({"unless": [{"POS": "NOUN"}]}, "attribute_ruler", "an attribute_ruler"),
        ({"entity": [{"DEP": "pobj"}]}, "parser", "a parser"),
        ({"context": [{"LOWER": "visit"}]}, "parser", "parser, senter or sentencizer"),
    ],
)
def test_missing_components_are_named(
    condition, excluded: str, missing: str, tmp_path: Path
):
    nlp = spacy.load(BASE_MODEL)
    rule = {"id": "my-rule", "label": "GPE", "to": "CITY", **condition}
    add(nlp, rule)
    nlp.to_disk(tmp_path)
    assert spacy.load(tmp_path)("We visited Rome.")
    with pytest.raises(ConfigValidationError, match="my-rule") as error:
        spacy.load(tmp_path, exclude=[excluded])
    assert missing in str(error.value)
    for name in ("label_mapper", "senter", excluded):
        nlp.remove_pipe(name)
    with pytest.raises(ConfigValidationError, match="my-rule"):
        add(nlp, rule)


def test_component_behind_is_too_late(nlp: Language):
    rules = [{"label": "GPE", "to": "CITY", "context": [{"LEMMA": "visit"}]}]
    mapper = nlp.add_pipe("label_mapper", before="lemmatizer")
    with pytest.raises(ConfigValidationError, match="LEMMA"):
        mapper.initialize(lambda: [], nlp=nlp, rules=rules)


def test_disabled_components(mapper_nlp: Language):
    with (
        mapper_nlp.select_pipes(disable="parser"),
        pytest.raises(ValueError, match="'destination' looks at sentence boundaries"),
    ):
        mapper_nlp("We loved Paris.")
    with mapper_nlp.select_pipes(disable="label_mapper"):
        assert get_ents(mapper_nlp("We loved Paris.")) == [("Paris", "GPE")]
    with mapper_nlp.select_pipes(disable="ner"):
        assert get_ents(mapper_nlp("We loved Paris.")) == []


def test_warns_of_labels_that_nothing_gives(nlp: Language):
    rules = [
        {"id": "a", "label": ["GPE", "PLACE"], "to": "CITY"},
        {"id": "b", "label": "CITY", "to": "DESTINATION"},
    ]
    with pytest.warns(UserWarning, match=r"entity label PLACE \(rule 'a'\). They give"):
        add(nlp, *rules)
    nlp.remove_pipe("label_mapper")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        add(nlp, {"label": "GPE", "to": "CITY"})


def test_circles_are_an_error(nlp: Language):
    rules = [{"label": "GPE", "to": "CITY"}, {"label": "CITY", "to": "GPE"}]
    with pytest.raises(ConfigValidationError, match="GPE -> CITY -> GPE"):
        add(nlp, *rules)


def test_bad_table_names(nlp: Language):
    with pytest.raises(ConfigValidationError, match="starts with"):
        add(nlp, **{"../places": ["Oslo"]})


@pytest.mark.parametrize("table", ["Oslo", {"name": "Oslo"}, Path("a.jsonl"), None, 3])
def test_what_is_no_table(table):
    with pytest.raises(
        ConfigValidationError, match="expected a gazetteer, a knowledge"
    ):
        make_blank().get_pipe("label_mapper").add_gazetteer("places", table)


def test_merged_docs_keep_what_their_entities_were():
    rules = [
        {"label": "GPE", "to": "CITY", "gazetteer": "capitals"},
        {"label": "GPE", "to": "LINKED", "kb_id": "Q1"},
    ]
    tables = {"capitals": [{"name": "Oslo", "id": "Q585"}]}
    nlp = make_blank()
    mapper = nlp.get_pipe("label_mapper")
    mapper.initialize(lambda: [], nlp=nlp, rules=rules, gazetteers=tables)
    doc = nlp.make_doc("to Oslo")
    doc.ents = [Span(doc, 1, 2, "GPE", kb_id="Q1")]
    mapper(doc)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        merged = Doc.from_docs([doc, doc])
    assert [ent.kb_id_ for ent in merged.ents] == ["Q585", "Q585"]
    for ent in mapper.explain(merged):
        assert (ent["generic_label"], ent["label"]) == ("GPE", "CITY")
        assert [rule["failed"] for rule in ent["rules"]] == [None, None]


def test_to_needs_a_label_somewhere(nlp: Language):
    with pytest.raises(ConfigValidationError, match="no entry of the gazetteer"):
        add(nlp, {"label": "GPE", "gazetteer": "places"}, places=["Oslo"])


def test_settings_of_a_table_survive(nlp: Language, tmp_path: Path):
    folding = Folding(fold_accents=True, trim=True, fuzzy=True)
    table = Gazetteer([{"name": "Kraków", "attrs": {"visitors": 14}}], folding)
    rule = {"label": ["GPE", "LOC"], "to": "DESTINATION", "gazetteer": "places"}
    mapper = add(nlp, rule, places=table)
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path).get_pipe("label_mapper")
    copied = pickle.loads(pickle.dumps(mapper))
    read = spacy.load(BASE_MODEL).add_pipe("label_mapper").from_bytes(mapper.to_bytes())
    for other in (loaded, copied, read):
        assert other.gazetteers["places"].get("Krakow's") == next(iter(table))
        assert other.rules == mapper.rules


def test_saved_files_are_readable_like_others(nlp: Language, tmp_path: Path):
    mapper = add(nlp, places=["Oslo"])
    mapper.to_disk(tmp_path / "first")
    mapper.to_disk(tmp_path / "first")
    (directory,) = (tmp_path / "first").glob("gaz*")
    assert directory.stat().st_mode == (tmp_path / "first").stat().st_mode
    names = {path.name for path in (tmp_path / "first").iterdir()}
    assert names == {"gazetteers", "rules.jsonl"}


def test_other_files_beside_a_saved_table(nlp: Language, tmp_path: Path):
    mapper = add(nlp, places=["Oslo"])
    mapper.to_disk(tmp_path)
    (tmp_path / "gazetteers" / "places" / ".DS_Store").touch()
    assert mapper.from_disk(tmp_path).gazetteers["places"].get("Oslo")


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    path = tmp_path / "places.sqlite"
    rows = [(1, {"name": "Paris", "id": "Q90", "label": "DESTINATION"})]
    build_sqlite(Path("places.jsonl"), rows, path)
    return path


@pytest.mark.parametrize("store", ["copy", "reference"])
def test_sqlite_tables(store: str, nlp: Language, sqlite_path: Path):
    table = SqliteGazetteer(sqlite_path, store=store)
    add(nlp, {"label": "GPE", "gazetteer": "places"}, places=table)
    texts = ["We loved Paris and Rome."] * 4
    expected = [("Paris", "DESTINATION"), ("Rome", "GPE")]
    for doc in [*nlp.pipe(texts), *nlp.pipe(texts, n_process=2, batch_size=2)]:
        assert get_ents(doc) == expected
    output = sqlite_path.parent / "output"
    nlp.to_disk(output)
    loaded = spacy.load(output)
    loaded.to_disk(output)
    loaded = spacy.load(output)
    data = nlp.to_bytes()
    assert get_ents(loaded(texts[0])) == expected
    sqlite_path.unlink()
    if store == "copy":
        assert get_ents(spacy.load(output)(texts[0])) == expected
        nlp = spacy.load(output).from_bytes(data)
        assert get_ents(nlp(texts[0])) == expected
        assert get_ents(pickle.loads(pickle.dumps(nlp))(texts[0])) == expected
    else:
        for load in (spacy.load, loaded.from_disk):
            with pytest.raises(ConfigValidationError) as error:
                load(output)
            assert f"there is no file '{sqlite_path}'" in str(error.value)
        with pytest.raises(ConfigValidationError, match="there is no file"):
            loaded.from_bytes(data)


def test_a_damaged_rules_file_is_named(mapper_nlp: Language, tmp_path: Path):
    mapper_nlp.to_disk(tmp_path)
    path = tmp_path / "label_mapper" / "rules.jsonl"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(ConfigValidationError) as error:
        spacy.load(tmp_path)
    assert f"{path}, line 2" in str(error.value)


def test_package(tmp_path: Path):
    nlp = make_blank()
    nlp.get_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "Paris"}])
    mapper = nlp.get_pipe("label_mapper")
    mapper.add_gazetteer("destinations", ["Paris"])
    mapper.add_rules([{"label": "GPE", "to": "SIGHT", "gazetteer": "destinations"}])
    nlp.to_disk(tmp_path / "model")
    result = run_spacy("package", tmp_path / "model", tmp_path, "--build", "none")
    assert result.returncode == 0, result.stdout + result.stderr
    package = next(tmp_path.glob("*/en_*/__init__.py")).parent
    shutil.copy(package.parent / "meta.json", package)  # as its setup.py does
    script = (
        f"import {package.name}\n"
        f"nlp = {package.name}.load()\n"
        "print([ent.label_ for ent in nlp('You should visit Paris.').ents])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=package.parent,
        capture_output=True,
        text=True,
    )
    assert "['SIGHT']" in result.stdout, result.stderr
