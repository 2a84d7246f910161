"""A component that finds what a request asks for, beside the parse that a doc has."""

from pathlib import Path
from typing import Any, Callable, Iterable

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Token
from spacy.training import Example

# a doc holds one parse, so the relations of the request have a place of their own
Token.set_extension("relation", default="", force=True)
Token.set_extension("target_i", default=None, force=True)
Token.set_extension("target", getter=lambda token: get_target(token), force=True)


def get_target(token: Token) -> Token:
    """Get the token that a token is related to, itself where there is none."""
    i = token._.target_i
    return token if i is None else token.doc[i]


@Language.factory("intents", assigns=["token._.relation", "token._.target"])
def create_intents(nlp: Language, name: str) -> "Intents":
    return Intents(nlp)


class Intents:
    """Runs a pipeline with a parser for requests on a doc of the same words, and copies
    what it finds to `token._.relation` and `token._.target`."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = spacy.blank(nlp.lang, vocab=nlp.vocab)

    def __call__(self, doc: Doc) -> Doc:
        spaces = [bool(token.whitespace_) for token in doc]
        words = [token.text for token in doc]
        request = self.nlp(Doc(self.nlp.vocab, words=words, spaces=spaces))
        for token, parsed in zip(doc, request):
            token._.relation = parsed.dep_
            token._.target_i = parsed.head.i
        return doc

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], nlp: Language, path: Path
    ) -> None:
        """Load the trained pipeline. `spacy assemble` calls it, with the path in
        [initialize.components.intents]."""
        self.from_disk(path)

    def to_disk(self, path: Path, exclude: Any = ()) -> None:
        self.nlp.to_disk(path, exclude=["vocab"])

    def from_disk(self, path: Path, exclude: Any = ()) -> "Intents":
        self.nlp = spacy.load(path, vocab=self.nlp.vocab, exclude=["vocab"])
        return self
