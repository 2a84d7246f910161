"""Every setting of every registered function, with wrong types and values."""

import inspect
import os
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest
import spacy
import srsly
from hypothesis import given
from hypothesis import strategies as st
from spacy.util import registry

from tests.fuzz.util import JSON, TEXTS, check, examples
from tests.util import make_pipeline

PREFIX = "spacy-rehearsal."
GROUPS = {
    **{"spacy_callbacks": "callbacks", "spacy_loggers": "loggers"},
    **{"spacy_misc": "misc", "spacy_readers": "readers", "spacy_scorers": "scorers"},
    **{"thinc_optimizers": "optimizers", "thinc_schedules": "schedules"},
}
BASE = "base"
NO_EXAMPLE = [f"{PREFIX}{n}.v1" for n in ("KnowledgeBaseGazetteer", "SqliteGazetteer")]
Block = Dict[str, Any]


class Blocks(Dict[str, Block]):
    """Config blocks by the name of the function, not shown with each example."""

    def __repr__(self) -> str:
        return "..."


def find_functions() -> List[Tuple[str, str, Any]]:
    """Find the registered functions: registry, name and function."""
    found: Any = entry_points()
    groups = (
        {group: found.select(group=group) for group in GROUPS}
        if hasattr(found, "select")
        else {group: found.get(group, ()) for group in GROUPS}
    )
    return sorted(
        {
            (GROUPS[group], point.name, point.value)
            for group, points in groups.items()
            for point in points
            if point.name.startswith(PREFIX)
        }
    )


FUNCTIONS = find_functions()


def get_settings(value: str) -> List[str]:
    """Get the names of a function's settings."""
    module, _, name = value.partition(":")
    function = getattr(__import__(module, fromlist=[name]), name)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Blocks"]:
    """A config block that is right for each function that needs settings."""
    path = tmp_path_factory.mktemp("configs")
    before = Path.cwd()
    # what a wrong path finds and writes is here
    os.chdir(path)
    base = str(make_pipeline(path / BASE, "tok2vec", "ner"))
    srsly.write_jsonl(path / "raw.jsonl", [{"text": "Joe runs in Oslo ."}] * 3)
    gold = [["Ann sells mugs.", {"entities": [[10, 14, "GOODS"]]}]]
    srsly.write_jsonl(path / "gold.jsonl", gold)
    srsly.write_jsonl(path / "rules.jsonl", [{"label": "GPE", "to": "CITY"}])
    srsly.write_jsonl(path / "names.jsonl", [{"name": "Oslo", "label": "CITY"}])
    (path / "names.csv").write_text("name,aliases\nOslo,Christiania\n")
    (path / "names.txt").write_text("Oslo\n")

    def file_(name: str) -> str:
        return str(path / name)

    teacher = {"@misc": f"{PREFIX}Teacher.v1", "base_model": base}
    raw = {"@readers": f"{PREFIX}RawCorpus.v1", "path": file_("raw.jsonl")}
    simple = {"@readers": f"{PREFIX}SimpleCorpus.v1", "path": file_("gold.jsonl")}
    found: Dict[str, Block] = {
        "distillation": {"teacher": teacher},
        "dropout_schedule": {"schedule": {"@schedules": "constant.v1", "rate": 0.1}},
        "initialize_encoders": {"components": ["tok2vec"]},
        "checkpoint": {},
        "model_card": {"base_model": base},
        "learn_rate_scale": {"component": "ner", "scale": 0.5},
        "prepare": {"base_model": {"name": base, "lang": "en", "pipeline": ["ner"]}},
        "SummaryLogger": {"logger": {"@loggers": "spacy.ConsoleLogger.v1"}},
        "CsvGazetteer": {"path": file_("names.csv")},
        "JsonlGazetteer": {"path": file_("names.jsonl")},
        "KnowledgeBaseGazetteer": {"path": file_("names.jsonl")},
        "LabelMap": {"rules": file_("rules.jsonl")},
        "SqliteGazetteer": {"path": file_("names.jsonl")},
        "Teacher": {"base_model": base},
        "LabelRules": {"path": file_("rules.jsonl")},
        "PatternCorpus": {"patterns": file_("names.txt"), "raw": raw, "label": "CITY"},
        "RehearsalCorpus": {"gold": simple, "teacher": teacher, "raw": raw},
        "PassesCorpus": {"*": {"one": simple, "other": simple}},
        "RawCorpus": {"path": file_("raw.jsonl")},
        "SimpleCorpus": {"path": file_("gold.jsonl")},
        "AdamSP": {"learn_rate": 0.001},
        "batch_size": {"examples": 100},
        "linear_decay": {"start": 2.0, "stop": 1.0, "decay": 0.1},
    }
    yield Blocks((f"{PREFIX}{name}.v1", block) for name, block in found.items())
    os.chdir(before)


def resolve(kind: str, name: str, block: Block) -> Any:
    config = registry.fill({"x": {f"@{kind}": name, **block}})
    made = registry.resolve(config)["x"]
    if kind == "readers" and callable(made):
        return list(islice(made(spacy.load(BASE)), 3))
    return list(islice(made, 3)) if kind == "schedules" else made


def test_the_blocks_are_right(blocks: Blocks) -> None:
    others = ("chain", "retention_scorer", "label_mapper_scorer")
    names = {name for _, name, _ in FUNCTIONS}
    assert names == {*blocks, *(f"{PREFIX}{name}.v1" for name in others)}
    for kind, name, _ in FUNCTIONS:
        if name not in NO_EXAMPLE and not name.endswith("chain.v1"):
            assert resolve(kind, name, blocks.get(name, {})) is not None


@pytest.mark.parametrize(
    ("kind", "name", "setting"),
    [
        (kind, name, key)
        for kind, name, value in FUNCTIONS
        for key in get_settings(value)
    ],
)
@examples(6)
@given(value=JSON | TEXTS | st.floats() | st.integers())
def test_settings(
    kind: str, name: str, setting: str, value: Any, blocks: Blocks
) -> None:
    if "@" in repr(value):  # a block of its own
        return
    block = {**blocks.get(name, {}), setting: value}
    check(lambda: resolve(kind, name, block), setting, *block, "path")


@pytest.mark.parametrize(("kind", "name", "value"), FUNCTIONS)
@examples(3)
@given(junk=st.dictionaries(st.sampled_from(["a", "path", "seed"]), JSON, min_size=1))
def test_settings_that_there_are_not(
    kind: str, name: str, value: str, junk: Block, blocks: Blocks
) -> None:
    if name.endswith(("chain.v1", "PassesCorpus.v1")):  # they take any name
        return
    unknown = {key: v for key, v in junk.items() if key not in get_settings(value)}
    block = {**blocks.get(name, {}), **unknown}
    if unknown:
        made = check(lambda: resolve(kind, name, block), *unknown)
        assert made is None
