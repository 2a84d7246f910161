import io
import json
import signal
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, List, Tuple

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Corpus
from spacy.util import load_config

from spacy_rehearsal.cli import annotate as annotate_module
from spacy_rehearsal.cli.annotate import annotate
from spacy_rehearsal.teacher.cache import PredictionCache, split_into_shards
from tests.cli.conftest import Finder
from tests.util import (
    BASE_MODEL,
    EXAMPLES,
    get_ents,
    run_rehearsal,
    run_spacy,
    start_spacy,
)

Annotated = List[Tuple[str, List[Tuple[str, str]]]]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    records = srsly.read_jsonl(EXAMPLES / "websites" / "assets" / "raw.jsonl")
    texts = [record["text"] for record in records][:200]
    path = tmp_path / "raw.jsonl"
    srsly.write_jsonl(path, ({"text": text} for text in [*texts, "", *texts[:5]]))
    return path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    small = partial(split_into_shards, mean_size=20, max_size=50)
    monkeypatch.setattr(annotate_module, "split_into_shards", small)


def read(path: Path) -> Annotated:
    corpus = Corpus(path)(spacy.blank("en"))
    return [(eg.text, get_ents(eg.reference)) for eg in corpus]


def predict(path: Path, base: Language) -> Annotated:
    texts = [record["text"] for record in srsly.read_jsonl(path) if record["text"]]
    return [(doc.text, get_ents(doc)) for doc in base.pipe(texts)]


def test_writes_what_the_base_pipeline_predicts(
    raw: Path, base: Language, tmp_path: Path
) -> None:
    output = tmp_path / "out.spacy"
    result = run_spacy("rehearsal", "annotate", BASE_MODEL, raw, output)
    assert result.returncode == 0, result.stderr
    assert read(output) == predict(raw, base)
    assert "205 texts" in " ".join(result.stdout.split())
    assert "Annotating with" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.spacy",
        "raw.jsonl",
    ]


def test_writes_a_directory_in_order(
    raw: Path, base: Language, small_parts: Any, tmp_path: Path
) -> None:
    counts = annotate(BASE_MODEL, raw, tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) > 3
    expected = predict(raw, base)
    assert read(tmp_path / "out") == expected
    assert counts["texts"] == len(expected)
    assert sum(counts["labels"].values()) == sum(len(ents) for _, ents in expected)


def test_goes_on_where_it_stopped(
    raw: Path,
    small_parts: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole, output = tmp_path / "whole.spacy", tmp_path / "out.spacy"
    annotate(BASE_MODEL, raw, whole)
    store = PredictionCache.store
    n_parts = 0

    def stop_after_three(*args: Any) -> None:
        nonlocal n_parts
        n_parts += 1
        if n_parts > 3:
            raise KeyboardInterrupt
        store(*args)

    monkeypatch.setattr(PredictionCache, "store", stop_after_three)
    result = run_rehearsal("annotate", BASE_MODEL, raw, output, status=130)
    assert "goes on where it stopped" in result.output
    assert not output.exists()
    monkeypatch.setattr(PredictionCache, "store", store)
    counts = annotate(BASE_MODEL, raw, output)
    assert 0 < counts["new_words"] < counts["words"]
    assert output.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob("*.parts"))


WAIT = """
import time
from spacy_rehearsal.teacher.cache import PredictionCache

store = PredictionCache.store

def store_and_wait(*args):
    store(*args)
    time.sleep(600)

PredictionCache.store = store_and_wait
"""


def test_a_killed_command_goes_on_where_it_stopped(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    ner: Any = nlp.add_pipe("ner")
    ner.add_label("PERSON")
    nlp.initialize()
    nlp.to_disk(tmp_path / "model")
    raw, output = tmp_path / "raw.jsonl", tmp_path / "out.spacy"
    srsly.write_jsonl(raw, ({"text": f"Ann {i} left"} for i in range(6000)))
    args = ("rehearsal", "annotate", tmp_path / "model", raw, output, "--json")
    process = start_spacy(*args, before=WAIT)
    while process.poll() is None and not list(
        tmp_path.glob("out.spacy.parts/*/*.spacy")
    ):
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not output.exists()
    parts = list(tmp_path.glob("out.spacy.parts/*/*.spacy"))
    n_kept = sum(len(DocBin().from_disk(part)) for part in parts)
    result = run_spacy(*args)
    assert result.returncode == 0, result.stderr
    counts = json.loads(result.stdout)
    assert counts["texts"] == 6000
    assert counts["words"] == 18_000
    assert 0 < counts["new_words"] == 3 * (6000 - n_kept) < counts["words"]
    annotate(str(tmp_path / "model"), raw, tmp_path / "whole.spacy")
    assert output.read_bytes() == (tmp_path / "whole.spacy").read_bytes()
    assert not list(tmp_path.glob("*.parts"))


def test_which_texts_are_read(raw: Path, tmp_path: Path) -> None:
    args = ("annotate", BASE_MODEL, raw, tmp_path / "out.spacy")
    result = run_rehearsal(
        *args, "--json", "--min-length=8", "--max-length=12", "--limit=5"
    )
    counts = json.loads(result.stdout)
    found = read(tmp_path / "out.spacy")
    assert counts["texts"] == len(found) == 5
    tokenizer = spacy.load(BASE_MODEL).tokenizer
    assert all(8 <= len(tokenizer(text)) <= 12 for text, _ in found)
    whole = "\n".join(record["text"] for record in srsly.read_jsonl(raw))
    places = [whole.index(text) for text, _ in found]
    assert places == sorted(places)
    assert found[0][0] == whole[: len(found[0][0])] != whole.split("\n")[0]


def test_plain_text_and_several_processes(tmp_path: Path, base: Language) -> None:
    texts = ["Ann Lee lives in Oslo.", "It rained in March."]
    (tmp_path / "raw.txt").write_text("\n".join(texts) + "\n\n")
    annotate(BASE_MODEL, tmp_path / "raw.txt", tmp_path / "out.spacy", n_process=2)
    expected = [(text, get_ents(base(text))) for text in texts]
    assert read(tmp_path / "out.spacy") == expected


def test_raw_text_from_stdin(
    tmp_path: Path, base: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["Ann Lee lives in Oslo.", "It rained in March."]
    stdin = SimpleNamespace(buffer=io.BytesIO("\n".join(texts).encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    annotate(BASE_MODEL, Path("-"), tmp_path / "out.spacy")
    expected = [(text, get_ents(base(text))) for text in texts]
    assert read(tmp_path / "out.spacy") == expected


def test_a_damaged_line_ends_the_run_or_is_skipped(raw: Path, tmp_path: Path) -> None:
    with raw.open("a") as file_:
        file_.write('{"text": "cut\n{"text": "Ann Lee lives in Oslo."}\n')
    args = ("annotate", BASE_MODEL, raw, tmp_path / "out.spacy", "--json")
    printed = run_rehearsal(*args, status=1).output
    assert "raw.jsonl, line 207: is not valid JSON" in " ".join(printed.split())
    counts = json.loads(run_rehearsal(*args, "--on-error", "skip").stdout)
    assert counts["texts"] == 206
    assert counts["skipped"] == 1
    assert read(tmp_path / "out.spacy")[-1][0] == "Ann Lee lives in Oslo."


def test_a_table_and_its_column(raw: Path, tmp_path: Path, base: Language) -> None:
    (tmp_path / "raw.tsv").write_text("id\tstory\n1\tAnn Lee lives in Oslo.\n")
    args = ("annotate", BASE_MODEL, tmp_path / "*.tsv", tmp_path / "out.spacy")
    printed = run_rehearsal(*args, status=1).output
    assert 'has no column "text". It has "id", "story"' in " ".join(printed.split())
    run_rehearsal(*args, "--text-key", "story")
    text = "Ann Lee lives in Oslo."
    assert read(tmp_path / "out.spacy") == [(text, get_ents(base(text)))]


@pytest.mark.slow
def test_a_text_of_millions_of_characters(
    tmp_path: Path, senter_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sentence = "The ferry left the harbour.\n"
    srsly.write_jsonl(tmp_path / "raw.jsonl", [{"text": sentence * 80_000}])
    counts = annotate(
        *(str(senter_model), tmp_path / "raw.jsonl", tmp_path / "out.spacy"),
        components=["senter"],
    )
    assert counts["words"] == 80_000 * 6 + 80_000 - counts["texts"]
    assert "1 of the 1 raw texts are longer than 100,000 characters" in caplog.text


def test_bad_input_ends_in_one_message(
    raw: Path, senter_model: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.spacy"
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "fine"}\n{"txt": "x"}\n')
    (tmp_path / "there").mkdir()
    for args, message in [
        (("en_none", raw, output), "'en_none' is neither"),
        (("blank:en", raw, output), "is a new pipeline, which knows nothing yet"),
        ((senter_model, raw, output), "no entity recognizer, it has: senter. Say"),
        ((BASE_MODEL, broken, output), "line 2: is no JSON object with a"),
        ((BASE_MODEL, raw, output, "-c", "lemmatizer"), "can't be rehearsed yet"),
        ((BASE_MODEL, raw, output, "-c", "nerd"), "nerd"),
        ((BASE_MODEL, raw, output, "--min-length", 900), "as long as was asked for"),
        ((BASE_MODEL, raw, output, "--gpu-id", 99), "-1 is for the CPU"),
        ((BASE_MODEL, raw, tmp_path / "there"), "already exists"),
        ((BASE_MODEL, raw, tmp_path / "out.jsonl"), "neither a .spacy file nor a"),
        ((BASE_MODEL, raw, tmp_path / "no" / "out.spacy"), "there is no directory"),
    ]:
        result = run_rehearsal("annotate", *args, status=1)
        assert message in " ".join(result.output.split())
        assert not output.exists()
    for option in ("--min-length", "--max-length", "--limit"):
        run_rehearsal("annotate", BASE_MODEL, raw, output, option, -1, status=2)
    output.write_text("mine")
    assert (
        "--force" in run_rehearsal("annotate", BASE_MODEL, raw, output, status=1).output
    )
    assert output.read_text() == "mine"


def test_other_components_annotate_no_entities(
    raw: Path, tmp_path: Path, base: Language
) -> None:
    output = tmp_path / "out.spacy"
    printed = run_rehearsal("annotate", BASE_MODEL, raw, output, "-c", "tagger").output
    assert "entities" not in printed
    [first, *_] = Corpus(output)(spacy.blank("en"))
    assert [t.tag_ for t in first.reference] == [t.tag_ for t in base(first.text)]


def test_its_own_code_is_imported(finder: Finder, tmp_path: Path) -> None:
    raw, output = tmp_path / "raw.txt", tmp_path / "out.spacy"
    raw.write_text("Ann lives in Oslo.")
    args = ("annotate", finder.model, raw, output, "-c", finder.name, "--json")
    result = run_rehearsal(*args, status=1)
    assert finder.message in " ".join(result.output.split())
    assert [path.name for path in tmp_path.iterdir()] == ["raw.txt"]
    counts = json.loads(run_rehearsal(*args, "--code", finder.code).stdout)
    assert counts["labels"] == {"CITY": 1}
    assert read(output) == [("Ann lives in Oslo.", [("Oslo", "CITY")])]


def test_a_tokenizer_of_its_own_needs_its_code(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "model")
    config = load_config(tmp_path / "model" / "config.cfg")
    config["nlp"]["tokenizer"] = {"@tokenizers": "my_words.v1"}
    config["nlp"]["pipeline"] = ["ner"]
    config["components"] = {"ner": {"factory": "ner"}}
    config.to_disk(tmp_path / "model" / "config.cfg")
    (tmp_path / "raw.txt").write_text("Ann lives in Oslo.")
    args = (tmp_path / "model", tmp_path / "raw.txt", tmp_path / "out.spacy")
    printed = run_rehearsal("annotate", *args, status=1).output
    message = "Could not find function 'my_words.v1' in function registry 'tokenizers'"
    assert message in " ".join(printed.split())
    assert "--code" in printed
    assert "Available names" not in printed
