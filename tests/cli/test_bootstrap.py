import json
from os.path import relpath
from pathlib import Path
from typing import List

import pytest
import spacy
from spacy.tokens import Doc, DocBin

from spacy_rehearsal.readers.sampling import get_split
from tests.cli.conftest import Finder
from tests.util import BASE_MODEL, EXAMPLES, get_ents, run_rehearsal, run_spacy

RAW = EXAMPLES / "websites" / "assets" / "raw.jsonl"


@pytest.fixture
def names(tmp_path: Path) -> Path:
    (tmp_path / "names.txt").write_text("Lisbon\nBBC\nNowhereville\n")
    return tmp_path / "names.txt"


def read(path: Path) -> List[Doc]:
    return list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))


def test_makes_examples_and_counts_them(names: Path, tmp_path: Path) -> None:
    train, dev = tmp_path / "train.spacy", tmp_path / "dev.spacy"
    result = run_spacy(
        *("rehearsal", "bootstrap", names, RAW, train, "--dev", dev),
        *("--label", "NAME", "--unmatched", "3"),
    )
    assert result.returncode == 0, result.stderr
    docs = {"train": read(train), "dev": read(dev)}
    for name, split_docs in docs.items():
        assert {get_split(doc.text) for doc in split_docs} == {name}
    both = docs["train"] + docs["dev"]
    matched = [doc for doc in both if doc.ents]
    assert len(both) == 4 * len(matched) > 0
    assert {ent for doc in both for ent in get_ents(doc)} == {
        ("Lisbon", "NAME"),
        ("BBC", "NAME"),
    }
    n_train = sum(bool(doc.ents) for doc in docs["train"])
    assert f"{n_train} texts with entities" in " ".join(result.stdout.split())
    assert "1 pattern matches nowhere" in result.stdout
    assert "Nowhereville" in result.stdout


def test_long_lists_are_cut(tmp_path: Path) -> None:
    unused = [f"Nowhereville {n}" for n in range(30)]
    (tmp_path / "names.txt").write_text("\n".join(["Lisbon", *unused]))
    args = (tmp_path / "names.txt", RAW, tmp_path / "out.spacy", "-L", "NAME")
    printed = " ".join(run_rehearsal("bootstrap", *args).output.split())
    assert "30 patterns match nowhere" in printed
    assert "Nowhereville 19 and 10 more" in printed


def test_what_matches_nowhere_is_shown_as_it_was_read(tmp_path: Path) -> None:
    """Here with a tab and a count, which are no part of the name."""
    path, output = tmp_path / "names.txt", tmp_path / "out.spacy"
    path.write_text("Lisbon\nBBC\t12\n")
    args = ("bootstrap", path, RAW, output, "-L", "NAME")
    printed = " ".join(run_rehearsal(*args).output.split())
    assert "1 pattern matches nowhere:" in printed
    assert r"'BBC\t12'" in printed
    path.write_text("BBC\t12\n")
    printed = " ".join(run_rehearsal(*args, "-F", status=1).output.split())
    assert r"The first is read as 'BBC\t12'." in printed


def test_counts_as_json(names: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.spacy"
    result = run_rehearsal("bootstrap", names, RAW, output, "-L", "NAME", "--json")
    counts = json.loads(result.stdout)
    [file_] = counts["files"]
    assert file_["path"] == str(output)
    assert file_["matched"] == file_["unmatched"]
    by_pattern = {
        pattern["pattern"]: pattern["count"] for pattern in counts["patterns"]
    }
    assert by_pattern["Nowhereville"] == 0
    assert sum(by_pattern.values()) == file_["labels"]["NAME"]


def test_patterns_that_need_a_pipeline(tmp_path: Path) -> None:
    patterns = tmp_path / "patterns.jsonl"
    patterns.write_text('{"label": "TO", "pattern": [{"LEMMA": "go"}, {"POS": "ADP"}]}')
    texts = tmp_path / "texts.txt"
    texts.write_text("We went to Oslo.\nShe goes through it again.\nStay here.\n")
    output = tmp_path / "out.spacy"
    result = run_rehearsal("bootstrap", patterns, texts, output, status=1)
    assert "LEMMA, POS needs a pipeline that sets it" in " ".join(result.output.split())
    run_rehearsal("bootstrap", patterns, texts, output, "--base-model", BASE_MODEL)
    found = [get_ents(doc) for doc in read(output)]
    assert found == [[("went to", "TO")], [("goes through", "TO")], []]


def test_bad_input_ends_in_one_message(names: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.spacy"
    (tmp_path / "broken.jsonl").write_text('{"text": "BBC"}\n{"text": ')
    for args, message in [
        ((names, RAW, output), "the pattern has no label"),
        ((names, tmp_path / "broken.jsonl", output, "-L", "X"), "line 2: is not valid"),
        ((names, RAW, tmp_path, "-L", "X"), "is no .spacy file"),
        ((names, RAW, names, "-L", "X", "--force"), "is no .spacy file"),
        ((names, RAW, output, "-L", "X", "-d", output), "both to"),
        ((names, RAW, output, "-L", "X", "-d", relpath(output)), "both to"),
        ((names, RAW, tmp_path / "a" / "b.spacy", "-L", "X"), "there is no directory"),
        ((names, RAW, output, "-L", "X", "-l", "qq"), "qq"),
        ((names, RAW, output, "-L", "X", "-b", "en_none"), "'en_none' is neither"),
    ]:
        result = run_rehearsal("bootstrap", *args, status=1)
        assert message in " ".join(result.output.split())
        assert not output.exists()


def test_says_which_file_got_no_entities(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Lisbon")
    (tmp_path / "texts.txt").write_text("We met in Lisbon.\nIt was late.\n")
    train, dev = tmp_path / "train.spacy", tmp_path / "dev.spacy"
    args = (tmp_path / "names.txt", tmp_path / "texts.txt", train, "-d", dev)
    result = run_rehearsal("bootstrap", *args, "-L", "NAME")
    printed = " ".join(result.output.split())
    [empty] = [path for path in (train, dev) if not any(d.ents for d in read(path))]
    assert f"{empty}: 0 texts with entities (too few texts match)" in printed


def test_keeps_files_that_are_there(names: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.spacy"
    output.write_text("mine")
    args = ("bootstrap", names, RAW, output, "--label", "NAME")
    assert "--force" in run_rehearsal(*args, status=1).output
    assert output.read_text() == "mine"
    run_rehearsal(*args, "--force")
    assert read(output)


def test_its_own_code_is_imported(finder: Finder, tmp_path: Path) -> None:
    (tmp_path / "patterns.jsonl").write_text(
        '{"label": "TO", "pattern": [{"LOWER": "to"}, {"ENT_TYPE": "CITY"}]}'
    )
    (tmp_path / "texts.txt").write_text("We went to Oslo.\nWe went to bed.\n")
    output = tmp_path / "out.spacy"
    args = ("bootstrap", tmp_path / "patterns.jsonl", tmp_path / "texts.txt", output)
    result = run_rehearsal(*args, "-b", finder.model, "--json", status=1)
    assert finder.message in " ".join(result.output.split())
    assert not output.exists()
    options = ("-b", finder.model, "--code", finder.code, "--json")
    counts = json.loads(run_rehearsal(*args, *options).stdout)
    assert counts["files"][0]["labels"] == {"TO": 1}
