"""What is found is what the component itself finds, computed once where it stays."""

from typing import Any, Dict, List, Set, Tuple

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from spacy.util import fix_random_seed

from spacy_rehearsal.tuning.bias import apply_bias
from spacy_rehearsal.tuning.recognizer import TunedRecognizer
from tests.util import SENTENCES, TOK2VEC, get_ents, make_example

# "Oslo" and "Rome" where entities with the new label, GPE, are not far
TEXTS = [
    "Ann sells mugs .",
    "Joe runs in Oslo .",
    "Joe sells Ann in Rome .",
    "Oslo rained .",
    "It rained in mugs and Ann runs in Joe .",
]
NUMBERS = [-40.0, -9.0, -6.0, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0, 9.0, 40.0]


@pytest.fixture(params=[(True, 2), (True, 1), (False, 2), (False, 1)])
def nlp(request: pytest.FixtureRequest) -> Language:
    """A pipeline with an `ner` of one of the networks that there are."""
    fix_random_seed(0)
    use_upper, maxout_pieces = request.param
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 16,
        "maxout_pieces": maxout_pieces,
        "use_upper": use_upper,
        "tok2vec": TOK2VEC,
    }
    nlp.add_pipe("ner", config={"model": model})
    examples = [make_example(nlp, sentence) for sentence in SENTENCES]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30):
        nlp.update(examples, sgd=optimizer)
    return nlp


def find(nlp: Language, bias: Dict[str, float]) -> List[List[Tuple[str, str]]]:
    """Find entities with the component's own method."""
    model: Any = nlp.get_pipe("ner").model  # type: ignore[attr-defined]
    before = model.to_bytes()
    apply_bias(nlp, "ner", bias)
    found = [get_ents(doc) for doc in nlp.pipe(TEXTS)]
    model.from_bytes(before)
    return found


def show(recognizer: TunedRecognizer, entities: List[Any]) -> List[Any]:
    docs = [example.predicted for example in recognizer.examples]
    return [
        [(doc[start:end].text, label) for start, end, label in ents]
        for doc, ents in zip(docs, entities)
    ]


@pytest.fixture
def recognizer(nlp: Language) -> TunedRecognizer:
    examples = [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in TEXTS]
    return TunedRecognizer(nlp, "ner", examples, base_labels={"PERSON"})


def test_finds_what_the_component_finds(
    nlp: Language, recognizer: TunedRecognizer
) -> None:
    assert recognizer.new_labels == ["GPE"]
    line = [{"GPE": number} for number in NUMBERS]
    distinct: Set[str] = set()
    for bias, found in zip(line, recognizer.scan(line)):
        expected = find(nlp, bias)
        assert show(recognizer, found.entities) == expected
        distinct.add(str(expected))
    assert len(distinct) > 2


def test_labels_one_by_one(nlp: Language) -> None:
    examples = [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in TEXTS]
    recognizer = TunedRecognizer(nlp, "ner", examples, base_labels=())
    above = recognizer.find({"GPE": 40.0, "PERSON": 3.0})
    line = [{"PERSON": 3.0, "GPE": number} for number in NUMBERS]
    for bias, found in zip(line, recognizer.scan(line, above=above)):
        assert show(recognizer, found.entities) == find(nlp, bias)


def test_runs_only_where_something_can_change(
    recognizer: TunedRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: List[int] = []
    annotate = recognizer._annotate

    def count(docs: List[Any]) -> None:
        runs.append(len(docs))
        annotate(docs)

    monkeypatch.setattr(recognizer, "_annotate", count)
    recognizer.scan([{"GPE": number} for number in NUMBERS])
    assert sum(runs) < len(TEXTS) * len(NUMBERS) * 0.8
    runs.clear()
    recognizer.scan([{"GPE": -1000.0}, {"GPE": -999.0}, {"GPE": -998.0}])
    assert runs == [len(TEXTS)]


def test_changes_nothing(nlp: Language, recognizer: TunedRecognizer) -> None:
    ner: Any = nlp.get_pipe("ner")
    before = ner.to_bytes()
    recognizer.scan([{"GPE": 1.0}, {"GPE": 2.0}])
    assert ner.to_bytes() == before
