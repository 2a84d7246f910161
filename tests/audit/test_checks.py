import time
from pathlib import Path
from random import Random
from typing import List, Tuple

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span

from spacy_rehearsal.audit.audit import audit
from spacy_rehearsal.audit.checks import SIMILAR
from spacy_rehearsal.audit.data import AuditData
from spacy_rehearsal.audit.finding import Finding
from spacy_rehearsal.audit.util import get_trigrams
from spacy_rehearsal.readers.gold import GoldText, read_gold
from tests.audit.util import NLP, Ents, find, make_texts
from tests.readers.formats.util import PRODIGY_BINARY, write_jsonl


def audit_file(path: Path) -> List[Finding]:
    return audit(AuditData(read_gold(path, NLP)))


def test_borders_and_white_space(tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "data.jsonl",
        ["On Etsy  now", {"entities": [[3, 6, "WEBSITE"], [7, 9, "WEBSITE"]]}],
        ["On Etsy now", {"entities": [[3, 7, "WEBSITE"]]}],
    )
    findings = audit_file(path)
    assert findings[0].name == "misaligned"
    assert findings[0].count == 2
    assert "WEBSITE On [Ets]y now" in findings[0].examples[0]
    assert f"({path}, line 1)" in findings[0].examples[0]


def test_a_spacy_file_with_borders_that_are_none(tmp_path: Path) -> None:
    """White space at the ends, and tokens of another tokenizer."""
    words = ["On", " ", "Etsy", " ", "and", " ", "Ebay", "2020"]
    doc = Doc(NLP.vocab, words=words, spaces=[True, *[False] * 7])
    doc.set_ents([Span(doc, 1, 3, "WEBSITE"), Span(doc, 6, 7, "SHOP")])
    DocBin(docs=[doc]).to_disk(tmp_path / "data.spacy")
    found = {f.name: f for f in audit_file(tmp_path / "data.spacy")}
    assert "WEBSITE On [ Etsy] and" in found["white_space"].examples[0]
    assert "SHOP On Etsy and [Ebay]2020" in found["misaligned"].examples[0]


def test_a_file_for_each_label(tmp_path: Path) -> None:
    """Trained as they are, each would say that there is nothing of the other's."""
    shop = ["We went to Harrods", {"entities": [[11, 18, "SHOP"]]}]
    site = ["I read it on Reddit", {"entities": [[13, 19, "WEBSITE"]]}]
    write_jsonl(tmp_path / "shops.jsonl", shop)
    write_jsonl(tmp_path / "sites.jsonl", site, ["No site", {"entities": []}])
    [found] = [f for f in audit_file(tmp_path) if f.name == "label_per_file"]
    assert found.count == 2
    assert f"{tmp_path / 'shops.jsonl'}: SHOP" in found.examples
    assert "PassesCorpus" in found.advice
    write_jsonl(tmp_path / "sites.jsonl", shop, site)
    assert "label_per_file" not in {f.name for f in audit_file(tmp_path)}


def test_records_of_one_file_are_no_passes(tmp_path: Path) -> None:
    records = ["We met at Kilo", "SHOP", 10, 14], ["On Etsy now", "SITE", 3, 7]
    lines = [
        f'["{text}", {{"entities": [[{start}, {end}, "{label}"]]}}]'
        for text, label, start, end in records
    ]
    lines.append(f"{lines[1]}, {lines[1]}")
    path = tmp_path / "data.json"
    path.write_text("[\n" + ",\n".join([lines[0], lines[2]]) + "\n]", encoding="utf8")
    assert "label_per_file" not in {f.name for f in audit_file(path)}


def test_texts_that_nobody_has_annotated(tmp_path: Path) -> None:
    """`nlp.make_doc` in a DocBin: training learns nothing from them."""
    nobody_looked, nothing_found, empty = map(NLP.make_doc, ("On Etsy", "On it", ""))
    nothing_found.ents = []
    annotated = NLP.make_doc("On Etsy")
    annotated.set_ents([Span(annotated, 1, 2, "WEBSITE")], default="missing")
    DocBin(docs=[nobody_looked, nothing_found, empty, annotated]).to_disk(
        tmp_path / "data.spacy"
    )
    [found] = [
        f for f in audit_file(tmp_path / "data.spacy") if f.name == "not_annotated"
    ]
    assert found.examples == [f"{tmp_path / 'data.spacy'}, text 1"]
    assert not found.is_problem


def test_entities_that_overlap(tmp_path: Path) -> None:
    entities = [[0, 12, "BRAND"], [7, 12, "PLACE"], [16, 20, "BRAND"]]
    path = write_jsonl(
        tmp_path / "data.jsonl", ["Bay of Fundy or Etsy", {"entities": entities}]
    )
    [found] = [
        f for f in audit(AuditData(read_gold(path, NLP))) if f.name == "overlapping"
    ]
    assert found.count == 1
    assert found.examples == [
        f"BRAND [Bay of Fundy] or Etsy ({path}, line 1)\n"
        f"    PLACE Bay of [Fundy] or Etsy ({path}, line 1)"
    ]


def test_names_in_longer_names_are_not_counted() -> None:
    rows: List[Tuple[str, Ents]] = [
        ("She wears Levi's, always.", [("Levi's", "BRAND")]),
        ("My Levi jeans are old.", [("Levi", "BRAND")]),
        ("Levi's are expensive.", []),
    ]
    found = find(rows)["inconsistent"]
    assert found.count == 1
    assert "'Levi's' is" in found.examples[0]


def test_names_that_train_and_dev_label_differently() -> None:
    rows: List[Tuple[str, Ents]] = [("Etsy is down.", [("Etsy", "WEBSITE")])]
    dev: List[Tuple[str, Ents]] = [("She works for Etsy now.", [("Etsy", "ORG")])]
    [example] = find(rows, dev=make_texts(dev))["inconsistent"].examples
    assert "1 x WEBSITE: [Etsy] is down." in example
    assert "1 x ORG: She works for [Etsy] now." in example
    assert "inconsistent" not in find(rows)


def test_near_duplicates_across_train_and_dev() -> None:
    rows: List[Tuple[str, Ents]] = [
        ("I sold 3 mugs on Etsy this week, can you believe it!", [("Etsy", "WEBSITE")]),
        ("Thank you!", []),
    ]
    dev: List[Tuple[str, Ents]] = [
        ("I sold 12 mugs on Etsy this week - can you believe it?", []),
        ("I sold mugs and plates at the market all summer long.", []),
        ("Thank you!!", []),
    ]
    found = find(rows, dev=make_texts(dev))["duplicates"]
    assert found.count == 1
    assert "line 1: I sold 12 mugs" in found.examples[0]
    assert "duplicates" not in find(rows, dev=make_texts(dev[1:]))


def test_near_duplicates_without_white_space() -> None:
    nlp = spacy.blank("zh")
    texts = [
        "我们昨天在北京见面。她卖了3个杯子。",
        "我们昨天在北京见面。她卖了12个杯子。",
    ]
    train, dev = ([GoldText(nlp(text), [], True, text)] for text in texts)
    found = {finding.name: finding for finding in audit(AuditData(train, dev=dev))}
    assert found["duplicates"].count == 1


def test_unknown_parts_are_no_contradiction(tmp_path: Path) -> None:
    """A binary answer says nothing about the rest of the text."""
    path = write_jsonl(
        tmp_path / "data.jsonl",
        PRODIGY_BINARY,
        {**PRODIGY_BINARY, "answer": "reject"},
    )
    assert "inconsistent" not in {
        found.name for found in audit(AuditData(read_gold(path, NLP)))
    }


def test_exact_duplicates_of_a_part_of_another_text() -> None:
    """A longer text with all of its words is no duplicate of it."""
    rows: List[Tuple[str, Ents]] = [
        ("I sold mugs on Etsy. Then I moved to Oslo and found a job there.", []),
        ("I sold mugs on Etsy.", [("Etsy", "WEBSITE")]),
    ]
    dev = make_texts([("I sold mugs on Etsy.", [])])
    [example] = find(rows, dev=dev)["duplicates"].examples
    assert example.splitlines()[1] == "    line 2: I sold mugs on Etsy."
    assert "duplicates" not in find(rows[:1], dev=dev)


@pytest.mark.parametrize("text", ["Etsy rocks", "etsy  rocks", "Etsy", "9/10"])
def test_exact_duplicates_without_trigrams(text: str) -> None:
    rows: List[Tuple[str, Ents]] = [("Etsy rocks", []), ("Etsy", []), ("9/10", [])]
    dev: List[Tuple[str, Ents]] = [("Etsy sucks", []), (text, []), ("8/10", [])]
    [example] = find(rows, dev=make_texts(dev))["duplicates"].examples
    assert f"line 2: {' '.join(text.split())}\n" in example


def test_texts_of_white_space_are_no_duplicates() -> None:
    assert "duplicates" not in find([(" ", [])], dev=make_texts([("  ", [])]))


def test_long_entities_overlap_all_that_they_cover(tmp_path: Path) -> None:
    entities = [[0, 20, "PLACE"], [0, 3, "WATER"], [7, 12, "PLACE"], [16, 20, "SHOP"]]
    path = write_jsonl(
        tmp_path / "data.jsonl", ["Bay of Fundy or Etsy", {"entities": entities}]
    )
    [found] = [f for f in audit_file(path) if f.name == "overlapping"]
    assert found.count == 3
    shown = [example.splitlines()[1].split(" (")[0] for example in found.examples]
    assert shown == [
        "    PLACE [Bay of Fundy or Etsy]",
        "    PLACE Bay of [Fundy] or Etsy",
        "    SHOP Bay of Fundy or [Etsy]",
    ]


def make_long_text(n_names: int) -> GoldText:
    """One text of 50 tokens a name, each of which is annotated once of two times."""
    filler = "the surveyor walked from village to village and counted wells . "
    parts, entities, n_chars = [], [], 0
    for i in range(n_names):
        name = "Os" + "".join(chr(97 + int(digit)) for digit in str(i // 2))
        entities.append((n_chars, n_chars + len(name), "VILLAGE"))
        parts.append(f"{name} is dry . {4 * filler}")
        n_chars += len(parts[-1])
    return GoldText(NLP.make_doc("".join(parts)), entities[::2], True, "line 1")


def test_the_time_is_linear_in_the_length_of_a_text() -> None:
    seconds = []
    for n_names in (200, 800):
        texts = [make_long_text(n_names)]
        base_doc = texts[0].doc.copy()
        spans = [base_doc.char_span(*e[:2], label="GPE") for e in texts[0].entities]
        base_doc.set_ents([span for span in spans if span])
        data = AuditData(texts, base_docs=[base_doc], base_labels=["GPE"])
        start = time.process_time()
        found = {finding.name for finding in audit(data)}
        seconds.append(time.process_time() - start)
        assert {"inconsistent", "inside_base_label"} <= found
    short, long = seconds
    assert long < 9 * short, "4 times the text, 16 times the time if it is quadratic"


def test_near_duplicates_are_those_that_comparing_all_pairs_finds() -> None:
    random = Random(0)

    def make_words(n_words: int) -> List[str]:
        return ["all", "begin", "alike", *random.choices("abcdefghijkl", k=n_words)]

    train = [make_words(random.randint(0, 20)) for _ in range(60)]
    dev = [make_words(12) for _ in range(10)]
    for words in random.choices(train, k=50):
        changed = words[:]
        for _ in range(random.randint(0, 3)):
            changed[random.randrange(len(changed))] = random.choice("abcdefghijkl")
        dev.append(changed)
    texts, dev_texts = (
        [GoldText(NLP.make_doc(" ".join(words)), [], True, "") for words in rows]
        for rows in (train, dev)
    )
    trigrams = [get_trigrams(text.doc) for text in texts]
    n_expected = 0
    for text in dev_texts:
        own = get_trigrams(text.doc)
        pairs = [(len(own & other), len(own | other)) for other in trigrams]
        n_expected += any(n >= SIMILAR * n_all > 0 for n, n_all in pairs) or any(
            text.text == other.text for other in texts
        )
    assert 0 < n_expected < len(dev)
    data = AuditData(texts, dev=dev_texts)
    [found] = [finding for finding in audit(data) if finding.name == "duplicates"]
    assert found.count == n_expected


def test_long_entities_in_each_other() -> None:
    """The time it takes must not grow with the square of their length."""
    text = "word " * 1500
    ents = [(0, 5 * i + 4, "A") for i in range(1500)]
    texts = [GoldText(NLP.make_doc(text), ents, True, "line 1")]
    found = {f.name: f for f in audit(AuditData(texts))}
    assert found["overlapping"].count == 1499
    assert "inconsistent" not in found
