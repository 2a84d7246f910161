"""The search, on its own: as it can be called at the end of a training."""

from typing import Any, List

import pytest
from spacy.language import Language

from spacy_rehearsal.teacher.teacher import Teacher
from spacy_rehearsal.training.scorers import RetentionScorer
from spacy_rehearsal.tuning import search as search_module
from spacy_rehearsal.tuning.bias import apply_bias
from spacy_rehearsal.tuning.recognizer import TunedRecognizer
from spacy_rehearsal.tuning.retention import FALSE_ALARMS
from spacy_rehearsal.tuning.search import BIASES, find_bias, search

WEIGHTS = {"new_f": 0.5, "base_f": 0.5, "false_alarms": -20.0}


@pytest.fixture
def ner(trained_nlp: Language) -> Any:
    return trained_nlp.get_pipe("ner")


def test_finds_a_bias_and_changes_nothing(
    trained_nlp: Language, ner: Any, examples: List[Any], tiny_teacher: Teacher
) -> None:
    labels = tiny_teacher.labels
    recognizer = TunedRecognizer(trained_nlp, "ner", examples, labels)
    steps = [{"GOODS": i / 2, "ACT": i / 2} for i in range(40)]
    has_alarms = [
        found.counts[:, FALSE_ALARMS][:, 0].any() for found in recognizer.scan(steps)
    ]
    # one step more than the first with false alarms
    apply_bias(trained_nlp, "ner", steps[has_alarms.index(True) + 1])
    before = ner.to_bytes()
    found = find_bias(trained_nlp, "ner", examples, WEIGHTS, labels)
    assert ner.to_bytes() == before
    assert [row.scale for row in found.scales] == [1.0]
    assert [row.bias["ACT"] for row in found.biases] == BIASES
    assert found.before.scores["false_alarms"]
    assert found.best.score > found.before.score
    assert found.best.bias == {"GOODS": -1.0, "ACT": -1.0}
    assert found.best.scores["false_alarms"] == 0


def test_scores_are_those_of_the_scorer(
    trained_nlp: Language, ner: Any, examples: List[Any], tiny_teacher: Teacher
) -> None:
    found = find_bias(trained_nlp, "ner", examples, WEIGHTS, tiny_teacher.labels)
    for row in (found.biases[0], found.biases[-1]):
        before = ner.model.to_bytes()
        apply_bias(trained_nlp, "ner", row.bias)
        ner.scorer = RetentionScorer(tiny_teacher.labels)
        with trained_nlp.select_pipes(enable=["tok2vec", "ner"]):
            scores = trained_nlp.evaluate(examples)
        assert {name: scores[name] for name in row.scores} == row.scores
        weighted = sum(weight * scores[name] for name, weight in WEIGHTS.items())
        assert row.score == pytest.approx(weighted)
        ner.model.from_bytes(before)


def test_labels_that_are_frequent_get_their_own(
    trained_nlp: Language,
    ner: Any,
    examples: List[Any],
    tiny_teacher: Teacher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply_bias(trained_nlp, "ner", {"GOODS": -12.0})
    recognizer = TunedRecognizer(trained_nlp, "ner", examples * 10, tiny_teacher.labels)
    found = search(recognizer, WEIGHTS, scales=[1.0])
    assert [*found.labels] == ["GOODS"]
    assert found.best == found.labels["GOODS"]
    assert found.best.bias["ACT"] == 0.0
    monkeypatch.setattr(search_module, "MIN_GOLD", 10)
    assert [*search(recognizer, WEIGHTS, scales=[1.0]).labels] == ["GOODS", "ACT"]


def test_what_is_given_is_not_searched(
    trained_nlp: Language, examples: List[Any], tiny_teacher: Teacher
) -> None:
    recognizer = TunedRecognizer(trained_nlp, "ner", examples, tiny_teacher.labels)
    bias = {"GOODS": 1.0, "ACT": -0.5}
    found = search(recognizer, WEIGHTS, scales=[1.0], bias=bias)
    assert [row.bias for row in found.biases] == [bias]
    assert found.best == found.biases[0] == found.scales[0]
    assert found.before.bias == {"GOODS": 0.0, "ACT": 0.0}
    assert not found.labels
