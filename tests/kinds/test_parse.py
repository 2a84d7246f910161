from pathlib import Path
from typing import Any

import spacy

from tests.kinds.util import read
from tests.util import SENTENCES, make_example

ANN, RAIN, JOE = SENTENCES


def test_a_sentence_is_parsed_by_gold_or_by_the_teacher(token_model: Path) -> None:
    nlp = spacy.load(token_model)
    gold = make_example(nlp, ANN, RAIN).reference
    parse: Any = gold.to_array(["HEAD", "DEP"])
    parse[4:] = 0
    parse[2, 1] = nlp.vocab.strings.add("goods")
    gold.from_array(["HEAD", "DEP"], parse)
    [example] = read(nlp, token_model, "parser", [gold])
    doc = example.reference
    assert [t.dep_ for t in doc][2:6] == ["goods", "punct", "nsubj", "ROOT"]
    assert [t.head.i for t in doc] == [1, 1, 1, 1, 5, 5, 5]
    assert [sent.start for sent in doc.sents] == [0, 4]


def test_gold_sentence_borders_win_over_the_teachers_parse(token_model: Path) -> None:
    nlp = spacy.load(token_model)
    gold = nlp.make_doc("Ann sells mugs . It rained .")
    gold[2].is_sent_start = True
    [example] = read(nlp, token_model, "parser", [gold])
    doc = example.reference
    assert [t.has_dep() for t in doc] == [False] * 4 + [True] * 3
    assert [sent.start for sent in doc.sents] == [0, 2, 4]
