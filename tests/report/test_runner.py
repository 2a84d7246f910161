import time
from typing import Any, List

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import ConfigValidationError

from spacy_rehearsal.report.comparison import Comparison
from spacy_rehearsal.report.runner import Runner, run_side_by_side


def test_the_first_texts_are_not_in_the_speed(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    nlp = comparison.base.nlp
    calls: List[str] = []
    seconds = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: seconds[0])

    @Language.component("slow_start", retokenizes=False)
    def slow_start(doc: Doc) -> Any:
        if not calls:
            seconds[0] += 1
        calls.append(doc.text)
        return doc

    nlp.add_pipe("slow_start")
    comparison.add_raw(["Joe had soup."])
    assert comparison.base.seconds < 1
    assert len(calls) == 2


def make_tagger(*labels: str) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    tagger: Any = nlp.add_pipe("tagger")
    for label in labels:
        tagger.add_label(label)
    nlp.initialize()
    return nlp


def test_a_component_of_pipelines_that_stay_as_they_are() -> None:
    base, trained = make_tagger("NN"), make_tagger("NN", "VB")
    runners = Runner(base, "tagger"), Runner(trained, "tagger")
    [(text, before, after)] = run_side_by_side(*runners, ["Joe"])
    assert text == "Joe"
    assert before == {(0, 3, "NN")}
    assert {(start, end) for start, end, _ in after} == {(0, 3)}
    assert [runner.labels for runner in runners] == [{"NN"}, {"NN", "VB"}]
    assert [runner.n_words for runner in runners] == [1, 1]
    for nlp in (base, trained):
        assert nlp.pipe_names == ["sentencizer", "tagger"]


def test_a_component_that_is_not_there() -> None:
    with pytest.raises(ConfigValidationError, match="has no component 'ner'"):
        Runner(make_tagger("NN"), "ner")
