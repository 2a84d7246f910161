import random
from collections import Counter
from typing import List

from spacy_rehearsal.readers.exemplars import choose_exemplars, get_labels
from spacy_rehearsal.readers.formats.annotated import Annotated, CharSpan


def make_text(n_chars: int, *labels: str) -> Annotated:
    entities: List[CharSpan] = [(i, i + 1, label) for i, label in enumerate(labels)]
    return Annotated("x" * n_chars, entities=entities)


def test_texts_with_many_labels_come_first_and_short_ones_before_long_ones() -> None:
    texts = [
        make_text(10, "A"),
        make_text(5, "B"),
        make_text(40, "A", "B"),
        make_text(30, "A", "B", "B"),
        make_text(6, "B"),
        make_text(3),
    ]
    assert choose_exemplars(texts, 1) == [texts[3]]
    assert choose_exemplars(texts, 2) == [texts[2], texts[3]]
    assert choose_exemplars(texts, 3) == [texts[i] for i in (0, 1, 2, 3)]
    # all that there are of a label that is rare, and none without a label
    assert choose_exemplars(texts, 9) == texts[:5]


def test_labels_that_are_there_already_are_not_chosen_again() -> None:
    texts = [make_text(10, "A"), make_text(20, "A", "B"), make_text(9, "B")]
    assert choose_exemplars(texts, 1, {"A": 1}) == [texts[2]]
    assert choose_exemplars(texts, 1, {"A": 1, "B": 4}) == []


def test_labels_of_spans_and_categories_count() -> None:
    text = Annotated("x", spans={"sc": [(0, 1, "S")]}, cats={"YES": 1.0, "NO": 0.0})
    assert get_labels(text) == {"S", "YES"}
    assert choose_exemplars([text], 1) == [text]


def test_it_is_what_looking_at_all_texts_each_time_gives() -> None:
    rng = random.Random(0)
    texts = [
        make_text(rng.randrange(9, 60), *rng.choices("ABCDE", k=rng.randrange(5)))
        for _ in range(80)
    ]
    labels = [get_labels(text) for text in texts]
    found: Counter[str] = Counter()
    expected: List[int] = []
    while True:
        orders = [
            (-sum(found[label] < 4 for label in labels[i]), len(texts[i].text), i)
            for i in range(80)
            if i not in expected
        ]
        n_lacking, _, best = min(orders)
        if not n_lacking:
            break
        expected.append(best)
        found.update(labels[best])
    assert choose_exemplars(texts, 4) == [texts[i] for i in sorted(expected)]
