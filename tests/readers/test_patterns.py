import json
from pathlib import Path
from random import Random
from typing import Any, Dict, List

import pytest
import spacy
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.training.corpus import JsonlCorpus, PlainTextCorpus
from spacy.util import filter_spans, registry
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.pattern_file import Pattern, read_patterns
from spacy_rehearsal.readers.patterns import (
    PatternCorpus,
    PatternMatcher,
    create_pattern_corpus,
)
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.readers.sampling import get_split
from spacy_rehearsal.teacher.teacher import Teacher
from tests.readers.formats.util import write_jsonl
from tests.util import EXAMPLES, get_ents

PATTERNS = [
    {"label": "BRAND", "pattern": "New Balance"},
    {"label": "BRAND", "pattern": [{"lower": "balance"}]},
    {"label": "SHOE", "pattern": [{"LOWER": "new"}, {"LOWER": "balance"}, {}]},
    {"pattern": "Etsy"},
]
TEXTS = [
    "My balance is gone.",
    "Got New Balance trainers on Etsy.",
    "It rained all day.",
    "Nothing on ETSY.",
    "We had soup.",
    "It's my turn.",
]


@pytest.fixture
def blank() -> Language:
    return spacy.blank("en")


@pytest.fixture
def patterns(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "patterns.jsonl", *PATTERNS)


@pytest.fixture
def raw(tmp_path: Path) -> JsonlCorpus:
    rows = [{"text": text} for text in TEXTS]
    return JsonlCorpus(write_jsonl(tmp_path / "raw.jsonl", *rows))


def read(nlp: Language, *args: Any, **settings: Any) -> List[Any]:
    corpus = create_pattern_corpus(*args, **{"label": "WEBSITE", **settings})
    return [(eg.text, get_ents(eg.reference)) for eg in corpus(nlp)]


def test_matches_become_entities_and_the_longest_wins(
    blank: Language, patterns: Path, raw: JsonlCorpus
) -> None:
    corpus = PatternCorpus(patterns, raw, label="WEBSITE", unmatched=0.0)
    for _ in range(2):
        examples = list(corpus(blank))
        assert [get_ents(example.reference) for example in examples] == [
            [("balance", "BRAND")],
            [("New Balance trainers", "SHOE"), ("Etsy", "WEBSITE")],
        ]
        assert corpus.counts == {1: 1, 2: 1, 3: 1}
    assert all(token.ent_iob_ in "BIO" for eg in examples for token in eg.reference)
    assert not any(eg.predicted.ents for eg in examples)


@pytest.mark.parametrize("order", [1, -1])
def test_of_patterns_that_find_the_same_the_first_counts(
    order: int, blank: Language, raw: JsonlCorpus, tmp_path: Path
) -> None:
    records: List[Dict[str, Any]] = [
        {"label": "SHOP", "pattern": [{"LOWER": "etsy"}]},
        {"label": "WEBSITE", "pattern": "Etsy"},
    ]
    records = records[::order]
    corpus = PatternCorpus(write_jsonl(tmp_path / "patterns.jsonl", *records), raw)
    found = {eg.text: get_ents(eg.reference) for eg in corpus(blank)}
    [etsy] = found["Got New Balance trainers on Etsy."]
    assert etsy == ("Etsy", records[0]["label"])


def test_resolves_from_a_config(
    blank: Language, patterns: Path, raw: JsonlCorpus
) -> None:
    block = {
        "@readers": "spacy-rehearsal.PatternCorpus.v1",
        "patterns": patterns,
        "raw": {"@readers": "spacy.JsonlCorpus.v1", "path": raw.path},
        "label": "WEBSITE",
        "phrase_matcher_attr": "LOWER",
    }
    corpus = registry.resolve({"corpus": block})["corpus"]
    found = {eg.text: get_ents(eg.reference) for eg in corpus(blank)}
    assert found["Nothing on ETSY."] == [("ETSY", "WEBSITE")]


def test_texts_without_a_match(
    blank: Language, patterns: Path, raw: JsonlCorpus
) -> None:
    texts = {n: [t for t, _ in read(blank, patterns, raw, unmatched=n)] for n in (0, 1)}
    assert [len(found) for found in texts.values()] == [2, 4]
    assert set(texts[0]) < set(texts[1])
    assert sorted(texts[1], key=TEXTS.index) == texts[1]
    assert len(read(blank, patterns, raw, unmatched=1.5)) == 5
    assert len(read(blank, patterns, raw, unmatched=100)) == 6


def test_names_in_a_text_file(
    blank: Language, raw: JsonlCorpus, tmp_path: Path
) -> None:
    (tmp_path / "names.txt").write_text("New Balance\n\nEtsy\n")
    found = read(blank, tmp_path / "names.txt", raw, phrase_matcher_attr="LOWER")
    ents = [ent for _, ents in found for ent in ents]
    assert ents == [
        ("New Balance", "WEBSITE"),
        ("Etsy", "WEBSITE"),
        ("ETSY", "WEBSITE"),
    ]


def test_files_with_a_byte_order_mark(blank: Language, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Etsy", encoding="utf-8-sig")
    record = json.dumps({"text": "Etsy is down."})
    (tmp_path / "raw.jsonl").write_text(record, encoding="utf-8-sig")
    raw = JsonlCorpus(tmp_path / "raw.jsonl")
    found = read(blank, tmp_path / "names.txt", raw)
    assert found == [("Etsy is down.", [("Etsy", "WEBSITE")])]


def test_split_is_that_of_the_texts(blank: Language, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Etsy")
    texts = [f"Sold {n} mugs on Etsy." for n in range(50)]
    (tmp_path / "raw.txt").write_text("\n".join(texts))
    raw = PlainTextCorpus(tmp_path / "raw.txt")
    for split in ("train", "dev"):
        found = read(blank, tmp_path / "names.txt", raw, split=split)
        expected = [text for text in texts if get_split(text) == split]
        assert [text for text, _ in found] == expected
        assert expected


def test_is_gold_for_rehearsal(nlp: Language, teacher: Teacher, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Etsy")
    (tmp_path / "raw.txt").write_text("Maria Schmidt sells on Etsy.")
    gold = create_pattern_corpus(
        tmp_path / "names.txt", PlainTextCorpus(tmp_path / "raw.txt"), label="WEBSITE"
    )
    [example] = RehearsalCorpus(gold, teacher)(nlp)
    assert get_ents(example.reference) == [
        ("Maria Schmidt", "PERSON"),
        ("Etsy", "WEBSITE"),
    ]


def test_real_texts(blank: Language, tmp_path: Path) -> None:
    raw = EXAMPLES / "websites" / "assets" / "raw.jsonl"
    (tmp_path / "names.txt").write_text("Lisbon\nParis\nBBC\n")
    found = read(blank, tmp_path / "names.txt", JsonlCorpus(raw), label="NAME")
    matched = [text for text, ents in found if ents]
    assert matched
    assert len(found) == 2 * len(matched)
    names = ("Lisbon", "Paris", "BBC")
    assert all(any(name in text for name in names) for text in matched)


@pytest.mark.parametrize(
    "line,message",
    [
        ("{", "line 2: is not valid JSON"),
        ('{"label": "X"}', 'line 2: expected an object with a "pattern"'),
        ('{"pattern": "x"}', "line 2: the pattern has no label"),
        ('{"label": "X", "pattern": []}', "line 2: expected a phrase or a list"),
        ('{"label": "X", "pattern": [{"LOWR": "x"}]}', r"line 2: .*LOWR"),
        ('{"label": "X", "pattern": [{"POS": "NOUN"}]}', "line 2: POS needs a pipe"),
        (
            '{"label": "X", "pattern": [{"_": {"is_shop": true}}]}',
            "line 2: no code has set the extension attribute 'is_shop'",
        ),
    ],
)
def test_bad_patterns_are_named(
    line: str, message: str, raw: JsonlCorpus, tmp_path: Path
) -> None:
    path = tmp_path / "patterns.jsonl"
    path.write_text(json.dumps(PATTERNS[0]) + "\n" + line)
    with pytest.raises(ConfigValidationError, match=message) as error:
        PatternCorpus(path, raw)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "settings,message",
    [
        ({"unmatched": -1.0}, "must be 0 or more"),
        ({"unmatched": float("inf")}, "must be 0 or more"),
        ({"unmatched": float("nan")}, "must be 0 or more"),
        ({"split": "test"}, "must be 'train' or 'dev'"),
        ({"phrase_matcher_attr": "POS"}, "must be one of ORTH, LOWER"),
    ],
)
def test_bad_settings(
    settings: Any, message: str, patterns: Path, raw: JsonlCorpus
) -> None:
    with pytest.raises(ConfigValidationError, match=message):
        create_pattern_corpus(patterns, raw, label="X", **settings)


def test_files_without_patterns_or_matches(
    blank: Language, raw: JsonlCorpus, tmp_path: Path
) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "names.txt").write_text("etsy")
    with pytest.raises(ConfigValidationError, match="there is no pattern in"):
        read_patterns(tmp_path / "empty.txt")
    with pytest.raises(ConfigValidationError, match=r"is no .jsonl or .txt file"):
        read_patterns(tmp_path / "none.jsonl")
    with pytest.raises(ConfigValidationError, match="matches anywhere in the 6 texts"):
        read(blank, tmp_path / "names.txt", raw)
    with pytest.raises(ConfigValidationError, match="no file or directory"):
        PatternCorpus(tmp_path / "names.txt", JsonlCorpus(tmp_path / "x"), label="X")


def test_many_optional_words_on_a_long_text(tmp_path: Path, blank: Language) -> None:
    optional = {"LOWER": "word", "OP": "?"}
    pattern = [{"LOWER": "etsy"}, {"OP": "*"}, *[optional] * 30, {"LOWER": "end"}]
    path = write_jsonl(tmp_path / "patterns.jsonl", {"pattern": pattern})
    words = ["word"] * 3000
    text = " ".join(["Etsy", *words, "end", *words, "end", *words])
    raw = JsonlCorpus(write_jsonl(tmp_path / "raw.jsonl", {"text": text}))
    [(_, [(found, label)])] = read(blank, path, raw)
    assert label == "WEBSITE"
    assert found == " ".join(["Etsy", *words, "end", *words, "end"]), "the longest"


@pytest.mark.parametrize(
    "token, expected",
    [
        ({"OP": "{1,100000000}"}, "line 1: can be more than 1,000 tokens long"),
        ({"TEXT": {"REGEX": "(a+)+b"}}, "line 1: the regular expression"),
        ({"TEXT": {"REGEX": "(a|ab|b)*c"}}, "line 1: .* in more and more ways"),
        ("word", "line 1: expected the object of a token"),
        ({"LOWER": {"FUZZY": {"IN": ["a"] * 501}}}, "line 1: FUZZY has a list of 501"),
    ],
)
def test_patterns_that_would_take_forever(
    token: Any, expected: str, tmp_path: Path
) -> None:
    path = write_jsonl(tmp_path / "patterns.jsonl", {"pattern": [token]})
    with pytest.raises(ConfigValidationError, match=expected):
        read_patterns(path, label="WEBSITE")


def test_finds_what_a_matcher_of_all_patterns_finds() -> None:
    random = Random(0)
    nlp = spacy.blank("en")
    values: List[Any] = ["a", "b", "c", {"IN": ["a", "d"]}, {"REGEX": "^[ab]+$"}]
    n_found = 0
    for _ in range(300):
        tokens = [
            [
                {random.choice(["LOWER", "ORTH"]): random.choice(values)}
                for _ in range(random.randint(1, 3))
            ]
            for _ in range(5)
        ]
        patterns = [Pattern(str(i), pattern, i) for i, pattern in enumerate(tokens)]
        matcher = Matcher(nlp.vocab)
        for i, pattern in enumerate(tokens):
            matcher.add(i + 1, [pattern])
        doc = Doc(nlp.vocab, words=random.choices("abcdAB", k=8))
        matches = {(start, end) for _, start, end in matcher(doc)}
        expected = filter_spans(doc[start:end] for start, end in sorted(matches))
        found = PatternMatcher(patterns, nlp, phrase_matcher_attr="ORTH")(doc)
        assert [(s.start, s.end) for s in found] == [(s.start, s.end) for s in expected]
        n_found += len(found)
    assert n_found > 300


def test_phrases_that_are_too_long(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "patterns.jsonl", {"pattern": "w" * 2_000_000})
    with pytest.raises(ConfigValidationError, match="line 1: the phrase has 2,000,000"):
        read_patterns(path, label="WEBSITE")


def test_patterns_that_are_tried_at_each_word_are_bounded(tmp_path: Path) -> None:
    regexes = [{"label": "X", "pattern": [{"TEXT": {"REGEX": "^a+b"}}]}] * 5001
    path = write_jsonl(tmp_path / "patterns.jsonl", *regexes)
    with pytest.raises(ConfigValidationError, match=r"line 5001: all patterns up to"):
        read_patterns(path)
    words = [{"label": "X", "pattern": [{"LOWER": "a"}, {"IS_DIGIT": True}]}] * 5001
    assert len(read_patterns(write_jsonl(path, *words))) == 5001
