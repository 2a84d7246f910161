import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import DocBin

from tests.util import BASE_MODEL, EXAMPLES, run_rehearsal

GOLD = EXAMPLES / "websites" / "assets" / "base_gold.jsonl"

TEXTS = [
    "Apple is looking at buying a U.K. startup for $1 billion.",
    "Ms. Okonkwo hadn't sold her flat in Graz before March 2019.",
    "The Bosch plant near Reutlingen lost $300 million in 2019.",
    "Nobody told Ann Lee that Etsy had been sold to Acme in Toledo.",
]


@pytest.fixture(scope="module")
def dev(base: Language, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts with the entities that the base pipeline finds, but for the last ones."""
    path = tmp_path_factory.mktemp("dev") / "dev.jsonl"
    records: List[Dict[str, Any]] = []
    for doc in base.pipe(TEXTS):
        ents = [[e.start_char, e.end_char, e.label_] for e in doc.ents[:-1]]
        records.append({"text": doc.text, "entities": ents})
    srsly.write_jsonl(path, records)
    return path


def test_calibrates(tmp_path: Path) -> None:
    output = tmp_path / "sure"
    result = run_rehearsal("calibrate", BASE_MODEL, GOLD, output)
    assert "expected calibration error" in result.stdout
    nlp = spacy.load(output)
    names = nlp.pipe_names
    assert names.index("entity_confidence") == names.index("ner") + 1
    assert nlp.meta["pipeline"] == names
    pipe: Any = nlp.get_pipe("entity_confidence")
    assert pipe.temperature > 1
    found = [ent._.confidence for doc in nlp.pipe(TEXTS) for ent in doc.ents]
    assert len(found) > 5 and all(0 < value <= 1 for value in found)
    # what was there is as it was
    base = Path(spacy.util.get_package_path(BASE_MODEL))
    [data] = base.glob("en_core_web_sm*/ner/model")
    assert (output / "ner" / "model").read_bytes() == data.read_bytes()
    again = run_rehearsal("calibrate", output, GOLD, tmp_path / "again", "--json")
    measured = json.loads(again.stdout)
    assert measured["temperature"] == pytest.approx(pipe.temperature)
    assert measured["after"]["error"] < measured["before"]["error"]
    assert spacy.load(tmp_path / "again").pipe_names == names


def test_docs_in_binary_files(dev: Path, base: Language, tmp_path: Path) -> None:
    docs = []
    for record in srsly.read_jsonl(dev):
        doc = base.make_doc(record["text"])
        ents: List[Any] = [doc.char_span(*ent) for ent in record["entities"]]
        doc.set_ents(ents)
        docs.append(doc)
    DocBin(docs=docs).to_disk(tmp_path / "dev.spacy")
    results = [
        json.loads(run_rehearsal("calibrate", BASE_MODEL, *args, "--json").stdout)
        for args in (
            (dev, tmp_path / "one"),
            (tmp_path / "dev.spacy", tmp_path / "two"),
        )
    ]
    assert results[0]["temperature"] == results[1]["temperature"]


def test_two_recognizers(dev: Path, tmp_path: Path) -> None:
    nlp = spacy.load(BASE_MODEL)
    nlp.add_pipe("ner", "second", source=spacy.load(BASE_MODEL))
    nlp.to_disk(tmp_path / "two")
    run = "calibrate", tmp_path / "two", dev, tmp_path / "out"
    assert "--component" in run_rehearsal(*run, status=1).stdout
    run_rehearsal(*run, "-c", "ner")
    run = "calibrate", tmp_path / "out", dev, tmp_path / "both"
    run_rehearsal(*run, "-c", "second")
    found = spacy.load(tmp_path / "both")(TEXTS[0]).ents
    assert all(ent._.confidence == ent._.second_confidence for ent in found)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-c", "nero"], "no component 'nero'"),
        (["-c", "tagger"], "it is no entity recognizer"),
    ],
)
def test_wrong_component(
    args: List[str], message: str, dev: Path, tmp_path: Path
) -> None:
    run = "calibrate", BASE_MODEL, dev, tmp_path / "out", *args
    result = run_rehearsal(*run, status=1)
    assert message in " ".join(result.stdout.split())
    assert not (tmp_path / "out").exists()


def test_never_overwrites(dev: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run_rehearsal("calibrate", BASE_MODEL, dev, output)
    before = (output / "config.cfg").stat().st_mtime_ns
    result = run_rehearsal("calibrate", BASE_MODEL, dev, output, status=1)
    assert "--force" in result.stdout
    assert (output / "config.cfg").stat().st_mtime_ns == before
    run_rehearsal("calibrate", BASE_MODEL, dev, output, "--force")
    assert (output / "config.cfg").stat().st_mtime_ns > before


def test_data_that_does_not_do(tmp_path: Path) -> None:
    path = tmp_path / "dev.jsonl"
    srsly.write_jsonl(path, [{"text": "Oslo", "entities": [[0, 4, "WEBSITE"]]}])
    run = "calibrate", BASE_MODEL, path, tmp_path / "out"
    result = run_rehearsal(*run, status=1)
    assert "others that are wrong" in " ".join(result.stdout.split())
    (tmp_path / "broken.spacy").write_bytes(b"no docs")
    run = "calibrate", BASE_MODEL, tmp_path / "broken.spacy", tmp_path / "out"
    assert "can't be read" in " ".join(run_rehearsal(*run, status=1).stdout.split())
    assert not (tmp_path / "out").exists()
