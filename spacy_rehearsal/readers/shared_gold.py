"""What corpora of one training have to know of each other's gold: its texts, and the
names in them that have a new label."""

from collections import Counter, defaultdict
from typing import Collection, Dict, Iterable, List, Sequence, Set, Tuple
from weakref import WeakKeyDictionary

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..files import digest

Name = Tuple[str, ...]  # its words
# raw text is full of the new labels if it has their names this often, where the gold
# has them once. In text of the same domain, that is between 0.2 and 0.7; in text that
# has nothing to do with it, below 0.06.
FULL = 0.1


class SharedGold:
    """The texts that the gold of a training annotates, and the names in them that have
    a new label.

    ATTRIBUTES:
    n_words (int): How many words the texts have.
    n_names (int): How often they have something with a new label.
    """

    def __init__(self) -> None:
        self.n_words = 0
        self.n_names = 0
        self._hashes: Set[bytes] = set()
        self._labelled: Counter[Name] = Counter()
        self._names: Dict[str, List[Name]] = {}

    def add(self, texts: Iterable[Tuple[Doc, Sequence[Span]]]) -> None:
        """Add texts. Those that are there count once.

        texts (Iterable[Tuple[Doc, Sequence[Span]]]): Each text, and what in it has a
            new label.
        """
        labelled: Counter[Name] = Counter()
        docs: List[Doc] = []
        for doc, spans in texts:
            hash_ = hash_text(doc.text)
            if hash_ not in self._hashes:
                self._hashes.add(hash_)
                docs.append(doc)
                labelled.update(tuple(token.text for token in span) for span in spans)
        self.n_words += sum(map(len, docs))
        self.n_names += sum(labelled.values())
        index = make_index(labelled)
        occurring: Counter[Name] = Counter()
        for doc in docs:
            occurring.update(find_names([token.text for token in doc], index))
        # a word that is mostly something else, such as Gap, tells nothing
        self._labelled.update(n for n in labelled if 2 * labelled[n] >= occurring[n])
        self._names = make_index(self._labelled)

    def has_text(self, text: str) -> bool:
        """Tell whether the gold annotates a text, whatever white space it has."""
        return hash_text(text) in self._hashes

    def count_names(self, words: Sequence[str]) -> int:
        """Count the names of the gold in the words of a text."""
        return sum(1 for _ in find_names(words, self._names))

    def is_full(self, n_names: int, n_words: int) -> bool:
        """Tell whether raw text is full of the new labels.

        n_names (int): How many names of the gold it has.
        n_words (int): How many words.
        """
        return n_names * self.n_words > FULL * self.n_names * n_words


_shared: "WeakKeyDictionary[Language, SharedGold]" = WeakKeyDictionary()


def get_shared_gold(nlp: Language) -> SharedGold:
    """Get what the corpora that train a pipeline know of its gold."""
    return _shared.setdefault(nlp, SharedGold())


def hash_text(text: str) -> bytes:
    return bytes.fromhex(digest([" ".join(text.split()).encode("utf8")]))


def make_index(names: Collection[Name]) -> Dict[str, List[Name]]:
    """Sort names by their first word, the longest ones first."""
    index: Dict[str, List[Name]] = defaultdict(list)
    for name in sorted(names, key=len, reverse=True):
        index[name[0]].append(name)
    return index


def find_names(words: Sequence[str], index: Dict[str, List[Name]]) -> Iterable[Name]:
    """Find the longest names in a text, from left to right."""
    i = 0
    while i < len(words):
        candidates = index.get(words[i], ())
        found = (n for n in candidates if tuple(words[i : i + len(n)]) == n)
        name = next(found, None)
        if name:
            yield name
        i += len(name or " ")
