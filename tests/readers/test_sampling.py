import random
from collections import Counter
from itertools import islice

from spacy_rehearsal.readers.sampling import draw_sample, shuffle_in_buffer


def test_shuffle_in_buffer_is_a_permutation() -> None:
    items = list(range(1000))
    shuffled = list(shuffle_in_buffer(items, random.Random(0), size=100))
    assert shuffled != items
    assert sorted(shuffled) == items
    endless = shuffle_in_buffer(iter(int, 1), random.Random(0), size=10)
    assert list(islice(endless, 3)) == [0, 0, 0]


def test_draw_sample_reaches_all_of_the_stream() -> None:
    texts = [f"one two three {i}" for i in range(1000)]
    counts: Counter = Counter()

    def count_words(text: str) -> int:
        return len(text.split())

    for seed in range(200):
        sample = draw_sample(texts, 40, count_words=count_words, seed=seed)
        assert len(sample) == 10
        counts.update(int(text.split()[-1]) // 250 for text in sample)
    assert all(400 < counts[quarter] < 600 for quarter in range(4))
    assert draw_sample(texts, 10**9, count_words=count_words, seed=0) == texts
