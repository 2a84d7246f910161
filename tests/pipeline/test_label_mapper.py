import pickle
from pathlib import Path

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Config, ConfigValidationError

from spacy_rehearsal.pipeline.label_mapper import LabelMapper

from ..util import get_ents

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
    nlp = spacy.blank("en")
    mapper = nlp.add_pipe("label_mapper")
    mapper.initialize(lambda: [], rules=rules, gazetteers=tables)
    doc = Doc(nlp.vocab, words=words)
    doc.ents = [Span(doc, *entity)]
    return mapper(doc).ents[0]


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
        nlp = spacy.blank("en")
        mapper = nlp.add_pipe("label_mapper").from_bytes(data)
        assert mapper.rules == RULES
        assert [len(table) for table in mapper.gazetteers.values()] == [2, 2]
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
