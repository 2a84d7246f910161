from functools import partial
from typing import Any, Callable, Dict, List, Tuple

import pytest
from spacy.pipeline.tagger import tagger_score
from spacy.scorer import Scorer
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry
from thinc.api import ConfigValidationError

from spacy_rehearsal.readers.source import GOLD, MEMORY, SILVER, SOURCE_KEY
from spacy_rehearsal.training.scorers import SourceScorer
from tests.util import make_doc

Score = Callable[..., Dict[str, Any]]
Entities = List[Tuple[str, str]]
TEXT = "Ann Lee found it on Etsy in Oslo"


def make_example(source: str, gold: Entities, predicted: Entities) -> Example:
    example = Example(make_doc(TEXT, *predicted), make_doc(TEXT, *gold))
    example.reference.user_data[SOURCE_KEY] = source
    return example


@pytest.fixture
def score() -> Score:
    create = registry.scorers.get("spacy-rehearsal.retention_scorer.v1")
    scorer: Score = create(base_labels=["PERSON", "GPE"])
    return scorer


def test_scores_new_and_base_labels_apart(score: Score) -> None:
    gold = [("Ann Lee", "PERSON"), ("Etsy", "WEBSITE"), ("Oslo", "GPE")]
    examples = [
        make_example(GOLD, gold, gold),
        make_example(GOLD, gold, [("Ann Lee", "WEBSITE"), ("Oslo", "GPE")]),
        make_example(SILVER, [("Oslo", "GPE")], [("Etsy", "WEBSITE")]),
    ]
    scores = score(examples)
    # new: 1 right, 1 wrong, 1 missed; base: 3 right, 2 missed
    assert scores["new_f"] == pytest.approx(0.5)
    assert scores["base_f"] == pytest.approx(2 * 3 / (2 * 3 + 2))
    assert scores["false_alarms"] == pytest.approx(1 / 8)
    assert scores["ents_per_type"]["PERSON"]["r"] == 0.5


def test_a_missed_new_label_is_no_mistake_in_the_base_labels(score: Score) -> None:
    gold = [("Ann Lee", "PERSON"), ("Etsy", "WEBSITE")]
    predicted = [("Ann Lee", "PERSON"), ("Etsy", "GPE")]
    scores = score([make_example(GOLD, gold, predicted)])
    assert scores["base_f"] == 1.0
    assert scores["new_f"] == 0.0
    # and where there is none, it is one
    assert score([make_example(SILVER, gold[:1], predicted)])["base_f"] < 1.0


def test_what_improves_on_base_labels_is_best_where_there_are_no_new_ones(
    score: Score,
) -> None:
    gold = [("Ann Lee", "PERSON"), ("Oslo", "GPE")]
    kept = make_example(SILVER, [("Oslo", "GPE")], [("Oslo", "GPE")])
    before = score([make_example(GOLD, gold, gold[:1]), kept])
    after = score([make_example(GOLD, gold, gold), kept])
    wrong = score([make_example(GOLD, gold, [*gold, ("Etsy", "WEBSITE")]), kept])
    assert before["new_f"] == pytest.approx(2 / 3)  # which rises as it learns
    assert after["learned_f"] == 1.0
    assert 0 < before["learned_f"] < 1
    assert 0 < wrong["learned_f"] < 1


def test_what_has_learned_nothing_is_never_best(score: Score) -> None:
    new, base = [("Etsy", "WEBSITE")], [("Ann Lee", "PERSON"), ("Oslo", "GPE")]
    found, missed = (make_example(GOLD, new, predicted) for predicted in (new, []))
    kept, lost = (make_example(SILVER, base, predicted) for predicted in (base, []))
    alarm, quiet = (make_example(SILVER, [], predicted) for predicted in (new, []))

    def get_learned(n_found: int, n_kept: int, n_alarms: int) -> float:
        examples = [
            *([found] * n_found + [missed] * (10 - n_found)),
            *([kept] * n_kept + [lost] * (100 - n_kept)),
            *([alarm] * n_alarms + [quiet] * (100 - n_alarms)),
        ]
        learned: float = score(examples)["learned_f"]
        return learned

    untouched = get_learned(0, 100, 0)
    assert untouched == 0.0
    # what is above the floor counts as all
    assert get_learned(5, 98, 0) == pytest.approx(get_learned(5, 100, 0))
    assert get_learned(6, 98, 0) > get_learned(5, 98, 0) > get_learned(5, 80, 0) > 0
    # one alarm in 100 words halves it: here are 200 times 8 words
    assert get_learned(5, 100, 16) == pytest.approx(get_learned(5, 100, 0) / 2)
    assert get_learned(1, 40, 100) > untouched


def test_what_is_kept_is_a_share_of_what_the_base_pipeline_has(score: Score) -> None:
    """Gold that corrects it in many places is no reason to like a step less that has
    learned more."""
    gold = [("Etsy", "WEBSITE"), ("Ann Lee", "PERSON"), ("Oslo", "PERSON")]
    before = [("Ann Lee", "PERSON"), ("Oslo", "GPE")]
    found = make_example(GOLD, gold, [*before, gold[0]])
    missed = make_example(GOLD, gold, before)
    untouched = score([missed] * 100)
    assert untouched["base_f"] == pytest.approx(0.5)
    assert untouched["learned_f"] == 0.0
    learned = score([*[found] * 50, *[missed] * 50])
    assert learned["learned_f"] == pytest.approx(learned["new_f"])
    nothing = make_example(GOLD, gold, [])
    lost_some = score([*[found] * 52, *[missed] * 46, *[nothing] * 2])
    assert lost_some["learned_f"] > learned["learned_f"]


@pytest.mark.parametrize("floor", [0.0, 1.1])
def test_refuses_a_floor_that_nothing_or_all_is_above(floor: float) -> None:
    create = registry.scorers.get("spacy-rehearsal.retention_scorer.v1")
    with pytest.raises(ConfigValidationError, match="must be above 0 and up to 1"):
        create(floor=floor)


def test_a_memory_says_nothing_of_new_labels(score: Score) -> None:
    predicted = [("Etsy", "WEBSITE"), ("Oslo", "GPE")]
    scores = score([make_example(MEMORY, [("Oslo", "GPE")], predicted)])
    assert scores["base_f"] == 1.0
    assert scores["new_f"] is None
    assert scores["false_alarms"] is None


def test_what_is_missing_counts_neither_way(score: Score) -> None:
    example = make_example(GOLD, [], [("Oslo", "GPE"), ("Etsy", "WEBSITE")])
    reference = example.reference
    reference.set_ents([], missing=[reference[5:6], reference[7:8]])
    scores = score([example])
    assert scores["new_f"] is None
    assert scores["base_f"] is None
    assert scores["false_alarms"] is None


def test_aligns_predictions_to_the_gold_tokens(score: Score) -> None:
    example = make_example(SILVER, [("Oslo", "GPE")], [])
    with example.reference.retokenize() as retokenizer:
        retokenizer.merge(example.reference[0:2])
    example.predicted.set_ents([Span(example.predicted, 7, 8, "GPE")])
    assert score([example])["base_f"] == pytest.approx(1.0)


def test_scores_gold_and_silver_apart_with_spacys_scorer() -> None:
    examples = [make_example(GOLD, [], []), make_example(SILVER, [], [])]
    for example in examples:
        example.reference[0].tag_ = example.reference[1].tag_ = "NNP"
        example.predicted[0].tag_ = "NNP"
    examples[1].predicted[1].tag_ = "NNP"
    score = SourceScorer(tagger_score, ["tag_acc"])
    scores = score(examples)
    assert scores["base_tag_acc"] == 1.0
    assert scores["new_tag_acc"] == 0.5
    assert scores["tag_acc"] == 0.75
    assert scores["learned_tag_acc"] == 0.5
    assert score(examples[:1])["base_tag_acc"] is None
    assert score(examples[:1])["learned_tag_acc"] == 0.5


def test_what_is_kept_counts_for_what_is_gained() -> None:
    examples = [make_example(GOLD, [], []), make_example(SILVER, [], [])]
    gold, silver = examples
    for example in examples:
        for token in example.reference[:4]:
            token.tag_ = "NNP"
    for token in silver.predicted[:4]:
        token.tag_ = "NNP"
    gold.predicted[0].tag_ = "NNP"
    score = SourceScorer(tagger_score, ["tag_acc"])
    assert score(examples)["learned_tag_acc"] == 0.25
    gold.predicted[1].tag_ = "NNP"
    assert score(examples)["learned_tag_acc"] == 0.5
    silver.predicted[1].tag_ = "VBD"  # a quarter is forgotten
    gained = score(examples)["learned_tag_acc"]
    assert gained == pytest.approx(0.25 + 0.25 * (0.75 / 0.95) ** 4)
    for token in gold.predicted[:2]:
        token.tag_ = "VBD"
    assert score(examples)["learned_tag_acc"] == 0.0


def test_where_the_base_model_finds_nothing_there_is_nothing_to_keep() -> None:
    """The score of every step was 0: spaCy's F-score of nothing is that."""

    def make(source: str, *spans: Tuple[int, int, str]) -> Example:
        example = make_example(source, [], [])
        for doc in (example.reference, example.predicted):
            doc.spans["sc"] = [Span(doc, *span) for span in spans]
        return example

    def get_spans(doc: Doc, _: str) -> Any:
        return doc.spans["sc"]

    examples = [make(GOLD, (0, 2, "SELLER")), make(SILVER)]
    score = SourceScorer(
        partial(Scorer.score_spans, attr="spans_sc", getter=get_spans),
        ["spans_sc_f"],
        has_annotation=lambda eg: bool(eg.reference.spans["sc"]),
    )
    scores = score(examples)
    assert scores["base_spans_sc_f"] is None
    assert scores["new_spans_sc_f"] == scores["learned_spans_sc_f"] == 1.0


def test_a_false_alarm_where_there_is_nothing_to_keep_costs_nothing() -> None:
    """One old category in raw text without any made what is kept 0, and what was
    learned with it."""
    texts = [make_example(source, [], []) for source in (GOLD, SILVER)]
    score = SourceScorer(
        lambda examples, **_: {"cats_micro_f": 0.0},
        ["cats_micro_f"],
        label_scorers={"new": lambda eg: 0.5, "base": lambda eg: 0.0},
        has_annotation=lambda eg: False,
    )
    scores = score(texts)
    assert scores["base_cats_micro_f"] is None
    assert scores["learned_cats_micro_f"] == 0.5
