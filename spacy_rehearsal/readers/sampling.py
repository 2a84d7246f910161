"""Draw, take, split and shuffle a stream of texts."""

import heapq
import random
from operator import itemgetter
from typing import Callable, Iterable, Iterator, List, Tuple, TypeVar

from spacy.tokens import Doc
from spacy.training import Example

from ..files import digest

ItemT = TypeVar("ItemT")
# what a sample of raw text is drawn from: reading hundreds of millions of texts for one
# takes hours
N_TEXTS_TO_DRAW_FROM = 100_000


def get_split(text: str) -> str:
    """Tell which split a text belongs to. It depends on nothing but the text.

    text (str): The text.
    RETURNS (str): "dev" for one text in ten, else "train".
    """
    return "dev" if int(digest([text.encode("utf8")]), 16) % 10 == 0 else "train"


def take_words(docs: Iterable[Doc], n_words: float) -> Iterator[Doc]:
    """Take docs from the front until they have enough words.

    docs (Iterable[Doc]): The docs.
    n_words (float): How many words to take; the last doc may exceed it.
    YIELDS (Doc): The docs.
    """
    taken = 0
    for doc in docs:
        yield doc
        taken += len(doc)
        if taken >= n_words:
            return


def spread(
    gold: List[Example],
    silver: Iterable[Example],
    n_words: float,
    rng: random.Random,
) -> Iterator[Example]:
    """Yield gold examples, in order, at random places in a stream of silver ones.

    gold (List[Example]): The gold examples.
    silver (Iterable[Example]): The silver examples.
    n_words (float): About how many words the silver examples have.
    rng (random.Random): Source of randomness.
    YIELDS (Example): Each example once.
    """

    def place_silver() -> Iterator[Tuple[float, Example]]:
        place = 0
        for example in silver:
            yield place, example
            place += len(example)

    places = sorted(rng.uniform(0, n_words) for _ in gold)
    placed = heapq.merge(zip(places, gold), place_silver(), key=itemgetter(0))
    yield from (example for _, example in placed)


def shuffle_in_buffer(
    items: Iterable[ItemT], rng: random.Random, *, size: int = 2000
) -> Iterator[ItemT]:
    """Shuffle a stream as well as a buffer of limited size allows.

    items (Iterable[ItemT]): The items.
    rng (random.Random): Source of randomness.
    size (int): The number of items to hold.
    YIELDS (ItemT): Each item once.
    """
    buffer: List[ItemT] = []
    for item in items:
        if len(buffer) < size:
            buffer.append(item)
            continue
        i = rng.randrange(size)
        buffer[i], item = item, buffer[i]
        yield item
    rng.shuffle(buffer)
    yield from buffer


def draw_sample(
    texts: Iterable[str],
    n_words: float,
    *,
    count_words: Callable[[str], int],
    seed: int,
) -> List[str]:
    """Draw texts at random, each with the same chance, from a stream of any length.

    Keeps the texts with the smallest random numbers (reservoir sampling with
    random sort, Vitter 1985). Only texts that may be kept are counted.

    texts (Iterable[str]): The texts.
    n_words (float): How many words to draw; the last text may exceed it.
    count_words (Callable[[str], int]): Counts the words of a text.
    seed (int): Seed of the random numbers.
    RETURNS (List[str]): The texts, in the order of the stream.
    """
    rng = random.Random(seed)
    heap: List[Tuple[float, int, int, str]] = []
    total = 0
    for i, text in enumerate(texts):
        key = -rng.random()
        if total >= n_words and key < heap[0][0]:
            continue
        n_words_of_text = count_words(text)
        heapq.heappush(heap, (key, i, n_words_of_text, text))
        total += n_words_of_text
        while total - heap[0][2] >= n_words:
            total -= heapq.heappop(heap)[2]
    return [text for *_, text in sorted(heap, key=itemgetter(1))]
