"""What is said of the data before training starts."""

import csv
import gzip
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, List

import pytest
import spacy
import srsly
from spacy.tokens import Doc, DocBin, Span
from spacy.util import load_config

from tests.readers.test_ownership import NEW, OLD
from tests.util import BASE_MODEL, make_doc, run_rehearsal, run_spacy, train_ner


@pytest.fixture
def config(tmp_path: Path) -> Path:
    run_rehearsal("init-config", BASE_MODEL, tmp_path / "train.cfg")
    return tmp_path / "train.cfg"


def train(
    config: Path, sample: Path, *args: Any, status: int = 0, **docs: List[Doc]
) -> "CompletedProcess[str]":
    """Train for one step, on docs in the place of those of the sample."""
    for name, list_ in docs.items():
        path = config.parent / f"{name}.spacy"
        DocBin(docs=list_).to_disk(path)
        args = (f"--paths.{name}", path, *args)
    steps = ("--training.max_steps", 1, "--training.eval_frequency", 1)
    result = train_ner(config, sample, *args, *steps)
    assert result.returncode == status, result.stdout + result.stderr
    return result


def test_says_whose_the_labels_are(config: Path, sample: Path) -> None:
    result = train(config, sample, train=[*NEW, *OLD])
    assert "PERSON (1 in the gold, 4 more, 4 of these in texts where" in result.stderr
    assert 'as if you had set partial_gold = ["PERSON"]' in result.stderr


def test_refuses_dev_data_without_the_new_labels(config: Path, sample: Path) -> None:
    """The best step would be the first one, which has learned nothing."""
    result = train(config, sample, dev=OLD, status=1)
    assert "no entity with a label that is to be learned: WEBSITE (" in result.stdout
    assert "corpora.dev -> gold" in result.stdout


def test_refuses_dev_data_without_the_new_tags(
    token_model: Path, tmp_path: Path
) -> None:
    words = ["Joe", "saw", "#sun", "now", "."]
    for name, tags in (("train", ["", "", "HASH", "", ""]), ("dev", ["NNP"] * 5)):
        doc = Doc(spacy.blank("en").vocab, words=words, tags=tags)
        DocBin(docs=[doc]).to_disk(tmp_path / f"{name}.spacy")
    config = tmp_path / "tagger.cfg"
    data = [f"--{name}={tmp_path / name}.spacy" for name in ("train", "dev")]
    run_rehearsal("init-config", token_model, config, "-c", "tagger", *data)
    result = run_spacy("train", config, "--training.max_steps", 1)
    assert result.returncode == 1
    printed = " ".join(result.stdout.split())
    assert "no tag with a label that is to be learned: HASH (1)" in printed


def test_says_which_labels_can_not_be_measured(config: Path, sample: Path) -> None:
    shops = [make_doc("We went to Harrods in May", ("Harrods", "SHOP"))]
    result = train(config, sample, train=[*NEW, *shops], dev=NEW)
    assert (
        "has no entity with some of the labels to train on: SHOP (1)" in result.stderr
    )


def test_says_that_files_have_labels_of_their_own(config: Path, sample: Path) -> None:
    path = config.parent / "train"
    path.mkdir()
    DocBin(docs=NEW).to_disk(path / "website.spacy")
    shops = [make_doc("We went to Harrods in May", ("Harrods", "SHOP"))]
    DocBin(docs=shops).to_disk(path / "shop.spacy")
    result = train(config, sample, "--paths.train", path, dev=NEW)
    assert "shop.spacy has SHOP; website.spacy has WEBSITE" in result.stderr
    assert "spacy-rehearsal.PassesCorpus.v1" in result.stderr


def test_passes_need_distillation(config: Path, sample: Path) -> None:
    """Without it, "no entity" is learned for labels that nobody has looked for."""
    shops = [make_doc("We went to Harrods in May", ("Harrods", "SHOP"))]
    settings = load_config(config, interpolate=False)
    readers = {}
    for name, docs in (("shop", shops), ("website", NEW)):
        path = config.parent / f"{name}.spacy"
        DocBin(docs=docs).to_disk(path)
        readers[name] = {
            **{"@readers": "spacy.Corpus.v1", "path": str(path)},
            **{"gold_preproc": False, "max_length": 0, "limit": 0, "augmenter": None},
        }
    passes = {"@readers": "spacy-rehearsal.PassesCorpus.v1", "*": readers}
    settings["corpora"]["train"]["gold"] = passes
    settings.to_disk(config)
    train(config, sample, dev=[*shops, *NEW])
    callbacks = settings["training"]["before_update"]
    if "*" in callbacks:
        callbacks = callbacks["*"]
        del callbacks["distillation"]
    else:
        settings["training"]["before_update"] = None
    settings.to_disk(config)
    result = train(config, sample, dev=[*shops, *NEW], status=1)
    printed = " ".join(result.stdout.split())
    assert "nobody has looked for SHOP, WEBSITE, and 'ner' would learn" in printed
    assert "corpora.train -> gold" in printed


def test_texts_of_the_gold_are_no_raw_text(config: Path, sample: Path) -> None:
    texts = [doc.text for doc in (*NEW, *OLD)]
    raw = config.parent / "raw.jsonl"
    srsly.write_jsonl(raw, [{"text": text} for text in (*texts, "It rained.")])
    result = train(config, sample, "--paths.raw", raw, train=NEW, dev=NEW)
    assert "3 of the 5 raw texts are among those that are annotated" in result.stderr
    srsly.write_jsonl(raw, [{"text": text} for text in texts])
    result = train(config, sample, "--paths.raw", raw, train=NEW, dev=[*NEW, *OLD])
    assert "There is no other raw text. The pipeline keeps" in result.stderr


def test_says_if_there_is_little_raw_text(config: Path, sample: Path) -> None:
    raw = config.parent / "raw.jsonl"
    srsly.write_jsonl(raw, [{"text": f"It rained {n} days."} for n in range(9)])
    result = train(config, sample, "--paths.raw", raw)
    assert "of raw text to train on, and an epoch takes 4000" in result.stderr


def test_says_once_what_is_wrong(config: Path, sample: Path) -> None:
    """The same raw text is read to train and to evaluate on, and all gold twice."""
    raw = config.parent / "raw.jsonl"
    srsly.write_jsonl(raw, [{"text": "It rained in May. " * 300}])
    words = ["We", " met A", "nn Lee in Rome"]
    wrong = make_tokens(words, 0, 1, "WEBSITE")
    docs = [*NEW, *[wrong] * 3]
    result = train(config, sample, "--paths.raw", raw, train=docs, dev=NEW)
    assert result.stderr.count("longer than max_length") == 1, result.stderr
    assert result.stderr.count("borders that are no token borders there") == 1


def test_says_if_the_raw_text_is_full_of_the_new_label(
    config: Path, sample: Path
) -> None:
    raw = config.parent / "raw.jsonl"
    texts = [f"She bought {n} of them on Etsy last year" for n in range(30)]
    srsly.write_jsonl(raw, [{"text": text} for text in texts])
    result = train(config, sample, "--paths.raw", raw, train=NEW, dev=NEW)
    assert "111.1 in 1,000 words" in result.stderr
    assert "false alarms are not counted" in result.stderr
    row = result.stdout[result.stdout.index("\n  0 ") :].splitlines()[1].split()
    assert row[5] == "-", result.stdout


def test_trains_without_raw_text_and_says_what_that_costs(
    config: Path, sample: Path
) -> None:
    result = train(config, sample, "--paths.raw", "null")
    assert "There is no raw text" in result.stderr


def test_a_config_for_a_text_file_trains_without_raw_text_too(
    sample: Path, tmp_path: Path
) -> None:
    config = tmp_path / "train.cfg"
    (tmp_path / "raw.txt").write_text("It rained.\n")
    run_rehearsal("init-config", BASE_MODEL, config, "--raw", tmp_path / "raw.txt")
    result = train(config, sample, "--paths.raw", "null")
    assert "There is no raw text" in result.stderr


def test_raw_text_in_compressed_tables(config: Path, sample: Path) -> None:
    texts = [record["text"] for record in srsly.read_jsonl(sample / "raw.jsonl")]
    raw = config.parent / "raw"
    raw.mkdir()
    for i in range(2):
        with gzip.open(raw / f"{i}.csv.gz", "wt", encoding="utf8", newline="") as file_:
            csv.writer(file_).writerows([["id", "story"], *enumerate(texts[i::2])])
    args = ("--paths.raw", raw / "*.csv.gz", "--corpora.train.raw.text_key", "story")
    result = train(config, sample, *args)
    assert "There is no" not in result.stderr
    result = train(config, sample, *args[:2], status=1)
    assert 'has no column "text". It has "id", "story"' in " ".join(
        result.stdout.split()
    )


def test_bad_lines_of_raw_text_are_skipped_and_said(config: Path, sample: Path) -> None:
    raw = config.parent / "raw.jsonl"
    raw.write_text((sample / "raw.jsonl").read_text() + '{"text": "cut')
    args = ("--paths.raw", raw)
    result = train(config, sample, *args, status=1)
    assert "raw.jsonl, line" in result.stdout
    result = train(config, sample, *args, "--corpora.train.raw.on_error", "skip")
    assert result.stderr.count("1 texts or files can't be read") == 1


def make_tokens(words: List[str], *ent: Any) -> Doc:
    doc = Doc(spacy.blank("en").vocab, words=words, spaces=[False] * len(words))
    doc.set_ents([Span(doc, *ent)])
    return doc


def test_refuses_a_label_that_no_token_border_fits(config: Path, sample: Path) -> None:
    """As gold of another tokenizer: the training ended well, and without the label."""
    wrong = make_tokens(["I", " ", "read", " ", "Etsy", "2020"], 4, 5, "SHOP")
    result = train(config, sample, train=[*NEW, wrong], status=1)
    assert "no entity with the label SHOP that is made of whole tokens" in result.stdout
    assert "SHOP 'Etsy' is not made of whole tokens" in " ".join(result.stdout.split())


def test_says_what_does_not_fit_the_tokens(config: Path, sample: Path) -> None:
    wrong = make_tokens(["I", " ", "read", " ", "Etsy", "2020"], 4, 5, "WEBSITE")
    space = make_tokens(["I", " ", "read", " ", " ", "Etsy", "\n"], 4, 7, "WEBSITE")
    result = train(config, sample, train=[*NEW, wrong, space], dev=NEW)
    assert "1 entities of" in result.stderr
    assert "not learned: WEBSITE (1)" in result.stderr
    assert "WEBSITE ' Etsy\\n' is with white space at its ends" in result.stderr


def test_says_how_many_texts_are_not_annotated(config: Path, sample: Path) -> None:
    nobody_looked = spacy.blank("en").make_doc("We met Ann Lee in Rome")
    nothing_found = make_doc("We were in Rome")
    result = train(config, sample, train=[*NEW, nobody_looked, nothing_found])
    assert "1 of 5 texts of" in result.stderr
