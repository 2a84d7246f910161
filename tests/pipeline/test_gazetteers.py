from pathlib import Path

import pytest
from spacy.util import registry
from thinc.api import Config, ConfigValidationError

from spacy_rehearsal.pipeline.gazetteers import Gazetteer


def resolve(path: Path) -> Gazetteer:
    config = Config().from_str(
        f'[table]\n@misc = "spacy-rehearsal.JsonlGazetteer.v1"\npath = "{path}"'
    )
    return registry.resolve(config)["table"]


def test_reads_names_aliases_ids_and_labels(tmp_path: Path):
    path = tmp_path / "places.jsonl"
    path.write_text(
        '{"name": "Amsterdam", "aliases": ["amsterdem"], "id": "Q727"}\n\n'
        '{"name": "New  York", "label": "CITY"}\n'
    )
    table = resolve(path)
    assert len(table) == 2
    assert table.get("AMSTERDEM") == table.get("amsterdam") == next(iter(table))
    assert table.get("new york")["label"] == "CITY"
    assert table.get("York") is None


def test_a_list_of_names_is_a_gazetteer():
    table = Gazetteer(["Straße", {"name": "Paris", "id": "Q90"}])
    assert table.get("STRASSE") == {"name": "Straße"}
    assert table.get("paris")["id"] == "Q90"


@pytest.mark.parametrize(
    "line,message",
    [
        ('{"name": "Paris"', "line 2"),
        ('{"nme": "Paris"}', "unknown key 'nme'"),
        ('{"name": " "}', "not empty"),
        ('{"name": "Paris", "aliases": "Lutetia"}', "'aliases' must be a list"),
        ('{"name": "Paris", "aliases": [""]}', "not empty"),
        ('["Paris"]', "found \\['Paris'\\]"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, line: str, message: str):
    path = tmp_path / "places.jsonl"
    path.write_text('{"name": "Rome"}\n' + line + "\n")
    with pytest.raises(ConfigValidationError, match=message) as error:
        resolve(path)
    assert f"{path}, line 2" in str(error.value)


def test_missing_file(tmp_path: Path):
    with pytest.raises(ConfigValidationError, match="there is no file"):
        resolve(tmp_path / "none.jsonl")
