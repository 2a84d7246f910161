from pathlib import Path

import catalogue
import pytest
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.memory import Gazetteer
from spacy_rehearsal.gazetteers.registry import (
    tables_from_bytes,
    tables_from_disk,
    tables_to_bytes,
    tables_to_disk,
)


class Atlas(Gazetteer):
    """A table of another package."""

    kind = "atlas"


KEY = ("spacy_rehearsal", "gazetteers", "atlas")


def test_classes_of_other_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(catalogue.REGISTRY, KEY, Atlas)
    tables = {"places": Atlas(["Oslo"]), "names": Gazetteer(["Ann"])}
    path = tmp_path / "gazetteers"
    tables_to_disk(tables, path)
    assert (path / "places" / "atlas").is_dir()
    for loaded in (tables_from_disk(path), tables_from_bytes(tables_to_bytes(tables))):
        assert {name: type(table) for name, table in loaded.items()} == {
            "places": Atlas,
            "names": Gazetteer,
        }
        assert loaded["places"].get("oslo") == {"name": "Oslo"}


def test_a_class_that_is_not_registered(tmp_path: Path) -> None:
    class Unknown(Gazetteer):
        pass

    for table in (Unknown(["Oslo"]), Atlas(["Oslo"])):
        with pytest.raises(ValueError, match="Don't know how to save"):
            tables_to_disk({"places": table}, tmp_path / "gazetteers")
        with pytest.raises(ValueError, match="Don't know how to save"):
            tables_to_bytes({"places": table})
    assert not list(tmp_path.iterdir())


def test_a_table_of_a_package_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(catalogue.REGISTRY, KEY, Atlas)
    tables = {"places": Atlas(["Oslo"])}
    data = tables_to_bytes(tables)
    tables_to_disk(tables, tmp_path / "gazetteers")
    monkeypatch.delitem(catalogue.REGISTRY, KEY)
    message = "was saved as 'atlas', and only these can be loaded: jsonl, sqlite"
    with pytest.raises(ConfigValidationError, match=message):
        tables_from_bytes(data)
    with pytest.raises(ConfigValidationError, match=message):
        tables_from_disk(tmp_path / "gazetteers")
    (tmp_path / "gazetteers" / "places" / "atlas").rename(tmp_path / "gazetteers" / "b")
    assert tables_from_disk(tmp_path / "gazetteers") == {}
