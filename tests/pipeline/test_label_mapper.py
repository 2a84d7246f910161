import pickle
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from thinc.api import Config, ConfigValidationError

from spacy_rehearsal.pipeline.gazetteers import Gazetteer
from spacy_rehearsal.pipeline.label_mapper import LabelMapper
from spacy_rehearsal.pipeline.names import Folding
from spacy_rehearsal.pipeline.sqlite import SqliteGazetteer, build_sqlite

from ..util import BASE_MODEL, get_ents, make_doc, run_spacy

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
TABLES = {
    "destinations": [{"name": "Paris", "id": "Q90"}, "Berlin"],
    "capitals": ["Berlin", "Oslo"],
}


@pytest.fixture
def nlp(base: Language) -> Iterator[Language]:
    """The base pipeline, to add components to."""
    names = list(base.component_names)
    yield base
    for name in base.component_names:
        if name not in names:
            base.remove_pipe(name)


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


def map_tokens(words, entity, rules, tables=TABLES):
    """Map one entity of a doc without a model."""
    nlp = make_blank()
    mapper = nlp.get_pipe("label_mapper")
    mapper.initialize(lambda: [], nlp=nlp, rules=rules, gazetteers=tables)
    doc = Doc(nlp.vocab, words=words)
    start, end, label, *kb_id = entity
    doc.ents = [Span(doc, start, end, label, kb_id=kb_id[0] if kb_id else "")]
    return mapper(doc).ents[0]


def make_blank(*labels: str) -> Language:
    """Make a pipeline whose entities come from nowhere."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    for label in labels or ("GPE", "LOC"):
        ruler.add_patterns([{"label": label, "pattern": "no such text"}])
    nlp.add_pipe("label_mapper")
    return nlp


def add(nlp: Language, *rules: Dict[str, Any], **tables) -> LabelMapper:
    mapper = nlp.add_pipe("label_mapper")
    assert isinstance(mapper, LabelMapper)
    mapper.initialize(lambda: [], nlp=nlp, rules=rules, gazetteers=tables)
    return mapper


def test_first_rule_that_holds_wins():
    rules = [
        {"label": "GPE", "to": "A", "context": [{"LOWER": "nowhere"}], "window": 1},
        {"label": "GPE", "to": "B"},
        {"label": "GPE", "to": "C"},
    ]
    assert map_tokens(["to", "Oslo"], (1, 2, "GPE"), rules).label_ == "B"
    assert map_tokens(["to", "Oslo"], (1, 2, "LOC"), rules).label_ == "LOC"


@pytest.mark.parametrize("window,expected", [(2, "GPE"), (3, "CITY"), ("doc", "CITY")])
def test_window(window, expected: str):
    rules = [
        {
            "label": "GPE",
            "to": "CITY",
            "context": [{"LOWER": "mayor"}],
            "window": window,
        }
    ]
    words = ["the", "mayor", "of", "lovely", "Oslo"]
    assert map_tokens(words, (4, 5, "GPE"), rules).label_ == expected


def test_sentence_window_needs_sentences():
    rules = [{"label": "GPE", "to": "CITY", "context": [{"LOWER": "mayor"}]}]
    with pytest.raises(ValueError, match="sentence boundaries"):
        map_tokens(["to", "Oslo"], (1, 2, "GPE"), rules)


def test_label_of_the_gazetteers_entry():
    tables = {"places": [{"name": "Oslo", "label": "CITY"}, "Rome"]}
    rules = [{"label": "GPE", "gazetteer": "places"}]
    assert map_tokens(["Oslo"], (0, 1, "GPE"), rules, tables).label_ == "CITY"
    assert map_tokens(["Rome"], (0, 1, "GPE"), rules, tables).label_ == "GPE"


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


def test_entity_patterns(nlp: Language):
    rule = {"label": "ORG", "to": "SCHOOL", "entity": [{"LOWER": "university"}]}
    add(nlp, rule)
    doc = nlp("She left Stanford University. The university hired Google's lawyers.")
    assert get_ents(doc) == [("Stanford University", "SCHOOL"), ("Google", "ORG")]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("You should visit New York in May.", ["DESTINATION"]),
        ("You should visit my aunt in New York.", ["GPE"]),
        ("New York is worth a trip.", ["DESTINATION"]),
        ("New York and London are worth a trip.", ["GPE", "DESTINATION"]),
        ("We were glad to finally be visiting London.", ["DESTINATION"]),
    ],
)
def test_ent_stands_for_the_entity(nlp: Language, text: str, expected: List[str]):
    context = [
        [{"LEMMA": "visit"}, {"ENT": True}],
        [{"ENT": True}, {"LEMMA": "be"}, {"LOWER": "worth"}],
    ]
    add(nlp, {"label": "GPE", "to": "DESTINATION", "context": context})
    doc = nlp(text)
    found = [ent.label_ for ent in doc.ents if ent._.generic_label == "GPE"]
    assert found == expected


def test_dependency_context(nlp: Language):
    visit = [
        {"RIGHT_ID": "visit", "RIGHT_ATTRS": {"LEMMA": "visit"}},
        {
            **{"LEFT_ID": "visit", "REL_OP": ">", "RIGHT_ID": "place"},
            "RIGHT_ATTRS": {"ENT": True, "DEP": "dobj"},
        },
    ]
    add(nlp, {"label": "GPE", "to": "DESTINATION", "context": [visit]})
    doc = nlp("My brother from Canada visited the lovely little Portugal.")
    assert get_ents(doc) == [("Canada", "GPE"), ("Portugal", "DESTINATION")]


def test_min_count_is_of_the_doc(nlp: Language):
    rule = {
        **{"label": "GPE", "to": "DESTINATION", "min_count": 2},
        "context": [{"LEMMA": {"IN": ["beach", "museum"]}}],
    }
    add(nlp, rule)
    once = "Paris has a museum. We liked Rome."
    twice = "Paris has a museum. We liked Rome. The beaches were full."
    assert [label for _, label in get_ents(nlp(once))] == ["GPE", "GPE"]
    assert get_ents(nlp(twice)) == [("Paris", "DESTINATION"), ("Rome", "GPE")]


def test_kb_id():
    rules = [{"label": "GPE", "to": "CAPITAL", "kb_id": ["Q64", "Q585"]}]
    assert map_tokens(["Berlin"], (0, 1, "GPE", "Q64"), rules).label_ == "CAPITAL"
    assert map_tokens(["Berlin"], (0, 1, "GPE", "Q821244"), rules).label_ == "GPE"
    assert map_tokens(["Berlin"], (0, 1, "GPE"), rules).label_ == "GPE"


def test_kb_id_of_the_gazetteers_entry():
    paris = [{"name": "Paris", "id": "Q830149"}, {"name": "Paris", "id": "Q90"}]
    rules = [{"label": "GPE", "to": "CAPITAL", "gazetteer": "t", "kb_id": "Q90"}]
    ent = map_tokens(["Paris"], (0, 1, "GPE"), rules, {"t": paris})
    assert (ent.label_, ent.kb_id_) == ("CAPITAL", "Q90")
    ent = map_tokens(["Paris"], (0, 1, "GPE"), rules, {"t": paris[:1]})
    assert (ent.label_, ent.kb_id_) == ("GPE", "")


def test_an_entity_linkers_choice_among_homonyms_prevails():
    paris = [
        {"name": "Paris", "id": "Q90", "label": "CAPITAL"},
        {"name": "Paris", "id": "Q830149", "label": "TOWN"},
    ]
    rules = [{"label": "GPE", "gazetteer": "t"}]
    ent = map_tokens(["Paris"], (0, 1, "GPE", "Q830149"), rules, {"t": paris})
    assert (ent.label_, ent.kb_id_) == ("TOWN", "Q830149")
    ent = map_tokens(["Paris"], (0, 1, "GPE"), rules, {"t": paris})
    assert (ent.label_, ent.kb_id_) == ("CAPITAL", "Q90")


def test_a_rule_maps_the_result_of_another():
    rules = [
        {"id": "sight", "label": "CITY", "to": "DESTINATION", "gazetteer": "sights"},
        {"id": "city", "label": "GPE", "to": "CITY", "gazetteer": "cities"},
    ]
    tables = {"cities": [{"name": "Oslo", "id": "Q585"}, "Hull"], "sights": ["Oslo"]}
    oslo = map_tokens(["Oslo"], (0, 1, "GPE"), rules, tables)
    assert (oslo.label_, oslo.kb_id_) == ("DESTINATION", "Q585")
    assert (oslo._.generic_label, oslo._.mapped_by) == ("GPE", "sight")
    hull = map_tokens(["Hull"], (0, 1, "GPE"), rules, tables)
    assert (hull.label_, hull._.mapped_by) == ("CITY", "city")


def test_spans_are_added_and_the_entity_stays():
    rules = [
        {"label": "GPE", "to": "CAPITAL", "gazetteer": "capitals", "spans_key": "sc"},
        {"label": "GPE", "to": "CITY", "spans_key": "sc"},
        {"label": "GPE", "to": "PLACE", "spans_key": "more"},
        {"label": "GPE", "to": "TOWN", "context": [{"LOWER": "x"}], "window": 1},
    ]
    tables = {"capitals": [{"name": "Oslo", "id": "Q585"}]}
    doc = map_tokens(["to", "Oslo"], (1, 2, "GPE"), rules, tables).doc
    (ent,) = doc.ents
    assert (ent.label_, ent.kb_id_, ent._.mapped_by) == ("GPE", "", None)
    ((span,), (other,)) = doc.spans["sc"], doc.spans["more"]
    assert (span.text, span.label_, span.kb_id_) == ("Oslo", "CAPITAL", "Q585")
    assert other.label_ == "PLACE"
    doc = map_tokens(["to", "Oslo"], (1, 2, "LOC"), rules, tables).doc
    assert len(doc.spans["sc"]) == len(doc.spans["more"]) == 0


def test_the_first_rule_wins_also_among_indexed_ones():
    words = ["mayor", "of", "Oslo"]
    rules = [
        {"label": "GPE", "to": "A", "kb_id": "Q1"},
        {"label": "GPE", "to": "B", "context": [{"LOWER": "mayor"}], "window": 2},
        {"label": "GPE", "to": "C", "entity": [{"LOWER": "oslo"}]},
        {"label": "GPE", "to": "D", "gazetteer": "capitals"},
    ]
    for i, expected in enumerate("ABCD"):
        kb_id = "Q1" if i == 0 else "Q2"
        ent = map_tokens(words, (2, 3, "GPE", kb_id), rules[i:])
        assert ent.label_ == expected


def test_many_sentences_and_windows(nlp: Language):
    """Each entity sees its own sentence, however long the doc is."""
    rule = {"label": "GPE", "to": "SEEN", "context": [{"LOWER": "saw"}]}
    add(nlp, rule)
    doc = nlp(" ".join(["We saw Paris.", "They live in Rome."] * 40))
    labels = {(ent.text, ent.label_) for ent in doc.ents}
    assert labels == {("Paris", "SEEN"), ("Rome", "GPE")}


def test_explain(nlp: Language):
    mapper = add(
        nlp,
        {"id": "org", "label": "ORG", "to": "COMPETITOR"},
        {"id": "capital", "label": "GPE", "to": "CAPITAL", "gazetteer": "capitals"},
        {
            "id": "sight",
            "label": "CAPITAL",
            "to": "SIGHT",
            "context": [{"LEMMA": "see"}],
        },
        {"id": "town", "label": "GPE", "to": "TOWN", "unless": [{"LOWER": "not"}]},
        {"id": "late", "label": "GPE", "to": "LATE"},
        capitals=[{"name": "Oslo", "id": "Q585"}],
    )
    doc = nlp("We saw Oslo but not Paris.")
    oslo, paris = mapper.explain(doc)
    assert (oslo["text"], oslo["start"], oslo["end"]) == ("Oslo", 2, 3)
    assert (oslo["generic_label"], oslo["label"]) == ("GPE", "SIGHT")
    assert oslo["mapped_by"] == "sight"
    assert {rule["id"]: rule["failed"] for rule in oslo["rules"]} == {
        **{"org": "label", "capital": None, "sight": None},
        **{"town": "unless", "late": None},
    }
    assert (paris["label"], paris["mapped_by"]) == ("LATE", "late")
    assert {rule["id"]: rule["failed"] for rule in paris["rules"]} == {
        **{"org": "label", "capital": "gazetteer", "sight": "label"},
        **{"town": "unless", "late": None},
    }
    with nlp.select_pipes(disable="label_mapper"):
        assert mapper.explain(nlp("We saw Oslo but not Paris.")) == [oslo, paris]


@pytest.mark.parametrize(
    "condition,failed",
    [
        ({"entity": [{"LOWER": "oslo"}]}, "entity"),
        ({"gazetteer": "capitals"}, "gazetteer"),
        ({"kb_id": "Q585"}, "kb_id"),
        ({"gazetteer": "cities", "kb_id": "Q585"}, "kb_id"),
        ({"context": [{"LEMMA": "leave"}]}, "context"),
        ({"context": [{"LEMMA": "see"}], "min_count": 2}, "min_count"),
        ({"unless": [{"LEMMA": "see"}]}, "unless"),
    ],
)
def test_explain_names_the_condition(nlp: Language, condition, failed: str):
    rule = {"id": "rule", "label": "GPE", "to": "CITY", **condition}
    mapper = add(nlp, rule, capitals=["Oslo"], cities=["Paris"])
    (ent,) = mapper.explain(nlp("Did you see Paris?"))
    assert ent["rules"] == [{"id": "rule", "failed": failed}]


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
        assert other.gazetteers["places"].get("Krakow's") == table.entries[0]
        assert other.rules == mapper.rules


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


def test_scores(nlp: Language, tmp_path: Path):
    """Generic scores are those of the pipeline without label_mapper."""
    text = "We loved Paris, and Rome, and so did Angela Merkel when she was in Oslo."
    gold = [
        make_doc(text, ("Paris", "GPE"), ("Rome", "LOC"), ("Angela Merkel", "PERSON")),
        make_doc("Nothing at all."),
    ]
    specific = [
        make_doc(text, ("Paris", "DESTINATION"), ("Rome", "DESTINATION")),
        make_doc("Nothing at all."),
    ]
    generic_scores = nlp.evaluate([Example(nlp.make_doc(d.text), d) for d in gold])
    add(
        nlp,
        {"label": ["GPE", "LOC"], "to": "DESTINATION", "gazetteer": "t"},
        t=["Paris"],
    )
    scores = nlp.evaluate([Example(nlp.make_doc(d.text), d) for d in gold])
    for key in ("ents_p", "ents_r", "ents_f", "ents_per_type"):
        assert scores[key] == generic_scores[key]
    assert scores["specific_f"] is None
    assert scores["ents_f"] == pytest.approx(2 * 2 / 7)
    scores = nlp.evaluate([Example(nlp.make_doc(d.text), d) for d in specific])
    assert scores["specific_p"] == 1
    assert scores["specific_r"] == 0.5
    assert scores["specific_per_type"]["DESTINATION"]["f"] == pytest.approx(2 / 3)
    assert (
        scores["ents_per_type"]["DESTINATION"]
        == scores["specific_per_type"]["DESTINATION"]
    )
    assert scores["ents_per_type"]["GPE"]["p"] == pytest.approx(2 / 3)
    DocBin(docs=specific).to_disk(tmp_path / "gold.spacy")
    nlp.to_disk(tmp_path / "model")
    result = run_spacy("evaluate", tmp_path / "model", tmp_path / "gold.spacy")
    assert result.returncode == 0, result.stderr
    row = next(line for line in result.stdout.splitlines() if "DESTINATION" in line)
    assert row.split() == ["DESTINATION", "100.00", "50.00", "66.67"]


def test_scorer_can_be_left_out(nlp: Language):
    nlp.add_pipe("label_mapper", config={"scorer": None})
    text = "We loved Paris."
    example = Example(nlp.make_doc(text), make_doc(text, ("Paris", "GPE")))
    assert "specific_f" not in nlp.evaluate([example])
