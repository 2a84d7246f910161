"""A limit to how much the vocab of a pipeline grows while texts stream through.

spaCy's memory zones free words, but not the places that they had in hash tables.
"""

from typing import Any, Callable, Optional

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

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
        self._tokenizer: Optional[Callable[[str], Doc]] = None
        self._n_docs = 0

    @property
    def is_reached(self) -> bool:
        """Whether the vocab is not to grow further."""
        return len(self.nlp.vocab.strings) > self._max_strings

    def make_doc(self, text: str) -> Doc:
        """Tokenize a text. Once the limit is reached, the doc comes with another vocab,
        which has the pipeline's vectors and is gone with its docs.

        text (str): The text.
        RETURNS (Doc): The doc.
        """
        if not self.is_reached:
            return self.nlp.make_doc(text)
        if self._tokenizer is None or self._n_docs >= N_DOCS:
            vocab = copy_without_words(self.nlp.vocab)
            self._tokenizer, self._n_docs = copy_tokenizer(self.nlp, vocab), 0
        self._n_docs += 1
        return self._tokenizer(text)


def copy_tokenizer(nlp: Language, vocab: Vocab) -> Callable[[str], Doc]:
    """Copy the tokenizer of a pipeline. One that is not made by the config is not
    copied.

    nlp (Language): The pipeline.
    vocab (Vocab): The vocab for the copy.
    RETURNS (Callable[[str], Doc]): The copy.
    """
    source: Any = nlp.tokenizer
    block = {"tokenizer": nlp.config["nlp"]["tokenizer"]}
    create_tokenizer = registry.resolve(block)["tokenizer"]
    copy: Any = type(nlp)(vocab, create_tokenizer=create_tokenizer).tokenizer
    if type(copy) is not type(source):
        return source
    return copy.from_bytes(source.to_bytes(exclude=["vocab"]), exclude=["vocab"])


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
