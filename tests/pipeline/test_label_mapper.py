import pickle
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Config, ConfigValidationError

from tests.pipeline.util import RULES, make_blank
from tests.util import BASE_MODEL, get_ents, run_spacy


def test_maps_by_gazetteer_unless_excepted(mapper_nlp: Language) -> None:
    doc = mapper_nlp("You should visit Paris once in your life.")
    (ent,) = doc.ents
    assert (ent.label_, ent._.generic_label) == ("TOURIST_DESTINATION", "GPE")
    assert ent.kb_id_ == "Q90"
    doc = mapper_nlp("There's also a Paris in Arkansas, lol")
    assert get_ents(doc) == [("Paris", "GPE"), ("Arkansas", "GPE")]
    assert [ent._.generic_label for ent in doc.ents] == ["GPE", "GPE"]


def test_exception_holds_in_its_sentence_only(mapper_nlp: Language) -> None:
    doc = mapper_nlp("There is a Paris in Arkansas. We flew to Paris from Rome.")
    assert get_ents(doc) == [
        ("Paris", "GPE"),
        ("Arkansas", "GPE"),
        ("Paris", "TOURIST_DESTINATION"),
        ("Rome", "GPE"),
    ]


def test_labels(mapper_nlp: Language) -> None:
    assert mapper_nlp.pipe_labels["label_mapper"] == ["CAPITAL", "TOURIST_DESTINATION"]


TEXTS = ["We loved Paris and Rome.", "The parliament in Berlin sits.", "Nothing here."]


@pytest.mark.parametrize("how", ["disk", "bytes", "pickle", "processes"])
def test_survives(how: str, mapper_nlp: Language, tmp_path: Path) -> None:
    def apply(nlp: Language, **kwargs: Any) -> Any:
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
        saved: Any = mapper_nlp.get_pipe("label_mapper")
        nlp = spacy.load(BASE_MODEL)
        mapper: Any = nlp.add_pipe("label_mapper")
        mapper.from_bytes(saved.to_bytes())
        assert mapper.rules == RULES
        assert [len(table) for table in mapper.gazetteers.values()] == [2, 2]
        assert apply(nlp) == expected
    elif how == "pickle":
        assert apply(pickle.loads(pickle.dumps(mapper_nlp))) == expected
    else:
        assert apply(mapper_nlp, n_process=2) == expected


def test_initialize_from_a_config(tmp_path: Path) -> None:
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


def test_disabled_components(mapper_nlp: Language) -> None:
    with (
        mapper_nlp.select_pipes(disable="parser"),
        pytest.raises(ValueError, match="'destination' looks at sentence boundaries"),
    ):
        mapper_nlp("We loved Paris.")
    with mapper_nlp.select_pipes(disable="label_mapper"):
        assert get_ents(mapper_nlp("We loved Paris.")) == [("Paris", "GPE")]
    with mapper_nlp.select_pipes(disable="ner"):
        assert get_ents(mapper_nlp("We loved Paris.")) == []


def test_merged_docs_keep_what_their_entities_were() -> None:
    rules = [
        {"label": "GPE", "to": "CITY", "gazetteer": "capitals"},
        {"label": "GPE", "to": "UNKNOWN", "kb_id": "NIL"},
    ]
    tables = {"capitals": [{"name": "Oslo", "id": "Q585"}]}
    nlp = make_blank()
    mapper: Any = nlp.get_pipe("label_mapper")
    mapper.initialize(lambda: [], nlp=nlp, rules=rules, gazetteers=tables)
    doc = nlp.make_doc("to Oslo")
    doc.ents = [Span(doc, 1, 2, "GPE", kb_id="NIL")]
    mapper(doc)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        merged = Doc.from_docs([doc, doc])
    assert [ent.kb_id_ for ent in merged.ents] == ["Q585", "Q585"]
    for ent in mapper.explain(merged):
        assert (ent["generic_label"], ent["label"]) == ("GPE", "CITY")
        assert [rule["failed"] for rule in ent["rules"]] == [None, None]


def test_package(tmp_path: Path) -> None:
    nlp = make_blank()
    ruler: Any = nlp.get_pipe("entity_ruler")
    ruler.add_patterns([{"label": "GPE", "pattern": "Paris"}])
    mapper: Any = nlp.get_pipe("label_mapper")
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


WORD = {"LOWER": "word"}


@pytest.mark.parametrize(
    "context",
    [
        [{"OP": "*"}] * 6,
        [{**WORD, "OP": "?"}] * 30,
        [WORD, {"OP": "+"}],
        [{"OP": "*"}, WORD, {"OP": "*"}, WORD, {"OP": "*"}, {"LOWER": "oslo"}],
    ],
)
def test_stacks_of_operators_on_a_long_text(context: List[Dict[str, Any]]) -> None:
    nlp = spacy.blank("en")
    mapper: Any = nlp.add_pipe("label_mapper")
    rule = {"label": "GPE", "to": "CITY", "window": "doc", "context": context}
    mapper.add_rules([rule])
    doc = Doc(nlp.vocab, words=["word"] * 10_000 + ["Oslo"])
    doc.ents = [Span(doc, 10_000, 10_001, "GPE")]
    [ent] = mapper(doc).ents
    assert ent.label_ == "CITY"


def make_siblings(n_nodes: int) -> List[Dict[str, Any]]:
    link = {"LEFT_ID": "root", "REL_OP": ">", "RIGHT_ATTRS": {}}
    return [
        {"RIGHT_ID": "root", "RIGHT_ATTRS": {}},
        *({**link, "RIGHT_ID": str(i)} for i in range(n_nodes - 1)),
    ]


def test_dependency_patterns_with_many_siblings() -> None:
    nlp = spacy.blank("en")
    mapper: Any = nlp.add_pipe("label_mapper")
    rule = {"id": "tree", "label": "GPE", "to": "CITY", "context": make_siblings(50)}
    mapper.add_rules([rule])
    doc = Doc(nlp.vocab, words=["word"] * 40, heads=[0] * 40, deps=["dep"] * 40)
    doc.ents = [Span(doc, 39, 40, "GPE")]
    [ent] = mapper(doc).ents
    assert ent.label_ == "CITY"
    with pytest.raises(
        ConfigValidationError, match="has 51 nodes, at most 50"
    ) as error:
        mapper.add_rules([{**rule, "id": "large", "context": make_siblings(51)}])
    assert error.value.errors[0]["loc"] == ["rules", 1, "large", "context"]


def test_slow_regular_expressions_pass_over_long_tokens() -> None:
    nlp = spacy.blank("en")
    mapper: Any = nlp.add_pipe("label_mapper")
    token = {"TEXT": {"REGEX": ".*a.*b.*c"}}
    mapper.add_rules([{"label": "GPE", "to": "CODE", "entity": [token]}])
    assert mapper.rules[0]["entity"] == [token], "is saved as it was"
    doc = Doc(nlp.vocab, words=["ab" * 25_000 + "c", "abc"])
    doc.ents = [Span(doc, 0, 1, "GPE"), Span(doc, 1, 2, "GPE")]
    assert [ent.label_ for ent in mapper(doc).ents] == ["GPE", "CODE"]


@pytest.mark.parametrize(
    "token, expected",
    [
        ({"OP": "{100000000}"}, "more than 1,000 tokens long"),
        ({"TEXT": {"REGEX": "^(a+)+$"}}, "can take forever"),
        ({"TEXT": {"REGEX": "(a|ab|b)*c"}}, "in more and more ways"),
    ],
)
def test_rules_that_would_take_forever(token: Dict[str, Any], expected: str) -> None:
    mapper: Any = spacy.blank("en").add_pipe("label_mapper")
    rule = {"id": "slow", "label": "GPE", "to": "CITY", "unless": [token]}
    with pytest.raises(ConfigValidationError, match=expected) as error:
        mapper.add_rules([rule])
    assert error.value.errors[0]["loc"] == ["rules", 0, "slow", "unless"]
