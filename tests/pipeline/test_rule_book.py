import copy
import pickle
import shutil
from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
import srsly
from spacy.language import Language
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.memory import Gazetteer
from spacy_rehearsal.gazetteers.names import Folding
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer, build_sqlite
from spacy_rehearsal.pipeline.label_mapper import LabelMapper
from tests.pipeline.util import RULES, add, make_blank
from tests.util import BASE_MODEL, get_ents


def test_missing_gazetteer_is_named(nlp: Language) -> None:
    mapper: Any = nlp.add_pipe("label_mapper")
    mapper.add_rules(RULES)
    with pytest.raises(ConfigValidationError, match="no gazetteer 'destinations'"):
        nlp("Paris is nice.")
    with pytest.raises(ConfigValidationError, match="no gazetteer 'capitals'"):
        mapper.initialize(
            lambda: [], rules=RULES, gazetteers={"destinations": ["Paris"]}
        )


def test_a_bad_rule_adds_none(mapper_nlp: Language) -> None:
    mapper: Any = mapper_nlp.get_pipe("label_mapper")
    assert isinstance(mapper, LabelMapper)
    with pytest.raises(ConfigValidationError):
        mapper.add_rules([{"label": "LOC", "to": "SEA"}, {"label": "LOC"}])
    assert mapper.rules == RULES


def test_circles_are_an_error(nlp: Language) -> None:
    rules = [{"label": "GPE", "to": "CITY"}, {"label": "CITY", "to": "GPE"}]
    with pytest.raises(ConfigValidationError, match="GPE -> CITY -> GPE"):
        add(nlp, *rules)


def test_bad_table_names(nlp: Language) -> None:
    with pytest.raises(ConfigValidationError, match="starts with"):
        add(nlp, **{"../places": ["Oslo"]})


@pytest.mark.parametrize("table", ["Oslo", {"name": "Oslo"}, Path("a.jsonl"), None, 3])
def test_what_is_no_table(table: Any) -> None:
    mapper: Any = make_blank().get_pipe("label_mapper")
    with pytest.raises(
        ConfigValidationError, match="expected a gazetteer, a knowledge"
    ):
        mapper.add_gazetteer("places", table)


def test_to_needs_a_label_somewhere(nlp: Language) -> None:
    with pytest.raises(ConfigValidationError, match="no entry of the gazetteer"):
        add(nlp, {"label": "GPE", "gazetteer": "places"}, places=["Oslo"])


def test_settings_of_a_table_survive(nlp: Language, tmp_path: Path) -> None:
    folding = Folding(fold_accents=True, trim=True, fuzzy=True)
    table = Gazetteer([{"name": "Kraków", "attrs": {"visitors": 14}}], folding)
    rule = {"label": ["GPE", "LOC"], "to": "DESTINATION", "gazetteer": "places"}
    mapper = add(nlp, rule, places=table)
    nlp.to_disk(tmp_path)
    loaded: Any = spacy.load(tmp_path).get_pipe("label_mapper")
    copied = pickle.loads(pickle.dumps(mapper))
    read: Any = spacy.load(BASE_MODEL).add_pipe("label_mapper")
    read.from_bytes(mapper.to_bytes())
    for other in (loaded, copied, read):
        assert other.gazetteers["places"].get("Krakow's") == next(iter(table))
        assert other.rules == mapper.rules


def test_saved_files_are_readable_like_others(nlp: Language, tmp_path: Path) -> None:
    mapper = add(nlp, places=["Oslo"])
    mapper.to_disk(tmp_path / "first")
    mapper.to_disk(tmp_path / "first")
    (directory,) = (tmp_path / "first").glob("gaz*")
    assert directory.stat().st_mode == (tmp_path / "first").stat().st_mode
    names = {path.name for path in (tmp_path / "first").iterdir()}
    assert names == {"checksums.json", "gazetteers", "rules.jsonl"}


def test_other_files_beside_a_saved_table(nlp: Language, tmp_path: Path) -> None:
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
def test_sqlite_tables(store: str, nlp: Language, sqlite_path: Path) -> None:
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


def test_a_damaged_rules_file_is_named(mapper_nlp: Language, tmp_path: Path) -> None:
    mapper_nlp.to_disk(tmp_path)
    path = tmp_path / "label_mapper" / "rules.jsonl"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(ConfigValidationError, match=r"rules.jsonl' has been changed"):
        spacy.load(tmp_path)
    (path.parent / "checksums.json").unlink()
    with pytest.raises(ConfigValidationError) as error:
        spacy.load(tmp_path)
    assert f"{path}, line 2" in str(error.value)


def test_rules_are_handed_out_as_copies() -> None:
    context = [{"LOWER": "mayor"}]
    rule: Dict[str, Any] = {"id": "a", "label": "GPE", "to": "CITY", "context": context}
    expected = copy.deepcopy(rule)
    mapper: Any = make_blank().get_pipe("label_mapper")
    mapper.add_rules([rule])
    mapper.rules.append({"label": "GPE"})
    for other in (rule, mapper.rules[0]):
        other["to"] = 3
        other["context"][0]["LOWER"] = "king"
    assert mapper.rules == [expected]
    (parsed,) = mapper.rule_set.rules
    assert list(parsed.context) == [expected["context"]]


def test_gazetteers_are_added_by_the_method_only(nlp: Language) -> None:
    mapper = add(nlp, places=["Oslo"])
    with pytest.raises(TypeError):
        mapper.gazetteers["places"] = ["Rome"]  # type: ignore[index]
    assert list(mapper.gazetteers) == ["places"]


def test_what_earlier_versions_saved(nlp: Language, sqlite_path: Path) -> None:
    """The names of files and directories stay what they were in version 0.1."""
    rules = [{"id": "a", "label": "GPE", "to": "CITY", "gazetteer": "cities"}]
    path = sqlite_path.parent / "saved"
    cities = path / "gazetteers" / "cities" / "jsonl"
    places = path / "gazetteers" / "places" / "sqlite"
    for directory in (cities, places):
        directory.mkdir(parents=True)
    srsly.write_jsonl(path / "rules.jsonl", rules)
    srsly.write_jsonl(cities / "entries.jsonl", [{"name": "Oslo"}])
    folding = {"fold_case": True, "fold_accents": False, "trim": True, "fuzzy": False}
    srsly.write_json(cities / "cfg", folding)
    srsly.write_json(places / "cfg", {"store": "copy", "path": "places.sqlite"})
    shutil.copy(sqlite_path, places / "table.sqlite")
    mapper: Any = nlp.add_pipe("label_mapper")
    mapper.from_disk(path)
    assert mapper.rules == rules
    assert mapper.gazetteers["cities"].get("Oslo's") == {"name": "Oslo"}
    assert mapper.gazetteers["places"].get("Paris")["id"] == "Q90"
    mapper.to_disk(sqlite_path.parent / "again")
    for directory in (cities, places):
        again = sqlite_path.parent / "again" / directory.relative_to(path)
        assert {p.name for p in directory.iterdir()} <= {
            p.name for p in again.iterdir()
        }
    data = srsly.msgpack_loads(mapper.to_bytes())
    assert list(data) == ["rules", "gazetteers"]
    kinds = srsly.msgpack_loads(data["gazetteers"])
    assert [kinds[name][0] for name in ("cities", "places")] == ["jsonl", "sqlite"]
