"""A limit to how much the vocab of a pipeline grows while texts stream through."""

from contextlib import contextmanager, nullcontext
from typing import Any, Iterator, Optional

from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from .doc_bins import LeanDocBin

# how many strings a vocab may get
MAX_NEW_STRINGS = 50_000
# how many docs share a vocab after that
N_DOCS = 2000


class VocabLimit:
    """Let the vocab of a pipeline have the frequent words, and free what comes later.

    nlp (Language): The pipeline. What its vocab has so far does not count.
    """

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self._max_strings = len(nlp.vocab.strings) + MAX_NEW_STRINGS
        self._vocab: Optional[Vocab] = None
        self._n_docs = 0

    @property
    def is_reached(self) -> bool:
        """Whether the vocab is not to grow further."""
        return len(self.nlp.vocab.strings) > self._max_strings

    @contextmanager
    def memory_zone(self) -> Iterator[None]:
        """Once the limit is reached, free at the end what is new in the vocab (from
        spaCy 3.8 on). Docs with that vocab must not be used afterwards.
        """
        is_open = getattr(self.nlp.vocab, "in_memory_zone", True)
        zone = self.nlp.memory_zone if self.is_reached and not is_open else nullcontext
        with zone():
            yield

    def make_doc(self, text: str) -> Doc:
        """Tokenize a text. Once the limit is reached, the doc comes with another vocab,
        which has the pipeline's vectors and is gone with its docs.

        text (str): The text.
        RETURNS (Doc): The doc.
        """
        if not self.is_reached:
            return self.nlp.make_doc(text)
        doc_bin = LeanDocBin()
        with self.memory_zone():
            doc_bin.add(self.nlp.make_doc(text))
        if self._vocab is None or self._n_docs >= N_DOCS:
            self._vocab, self._n_docs = copy_without_words(self.nlp.vocab), 0
        self._n_docs += 1
        [doc] = doc_bin.get_docs(self._vocab)
        return doc


def copy_without_words(vocab: Vocab) -> Vocab:
    """Copy a vocab, but none of its lexemes and strings.

    vocab (Vocab): The vocab.
    RETURNS (Vocab): The copy. It shares vectors and lookup tables with the vocab.
    """
    source: Any = vocab
    copy: Any = Vocab(
        lex_attr_getters={**source.lex_attr_getters},
        lookups=vocab.lookups,
        writing_system=vocab.writing_system,
        get_noun_chunks=vocab.get_noun_chunks,
    )
    copy.cfg = vocab.cfg
    copy._vectors = vocab.vectors  # the public setter would change their strings
    return copy
