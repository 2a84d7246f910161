"""Tokenize texts, and check that they stay as they are."""

from spacy.language import Language
from spacy.tokens import Doc

from .errors import config_error

CONTEXT = 20  # characters


def make_doc(nlp: Language, text: str) -> Doc:
    """Tokenize a text.

    nlp (Language): The pipeline.
    text (str): The text.
    RETURNS (Doc): The doc.
    RAISES (ConfigValidationError): If it has another text, or the text is too long.
    """
    if len(text) > nlp.max_length:
        raise config_error(
            ["nlp"],
            f"a text of {len(text):,} characters is longer than spaCy's limit of "
            f"{nlp.max_length:,}. Split it: {text[:CONTEXT]!r}...",
        )
    doc = nlp.make_doc(text)
    check_text(nlp, doc, text)
    return doc


def check_text(nlp: Language, doc: Doc, text: str) -> None:
    """Check that a pipeline has not changed a text: annotations are places in it.

    nlp (Language): The pipeline.
    doc (Doc): What it made of the text.
    text (str): The text.
    RAISES (ConfigValidationError): If it has.
    """
    found = doc.text
    if found == text:
        return
    pairs = enumerate(zip(found, text))
    first = next((i for i, (a, b) in pairs if a != b), min(len(found), len(text)))
    shown = slice(max(0, first - CONTEXT), first + CONTEXT)
    raise config_error(
        ["nlp", "tokenizer"],
        f"the tokenizer {type(nlp.tokenizer).__name__} changes texts: {text[shown]!r} "
        f"becomes {found[shown]!r}. Annotations are places in a text, so its Doc needs "
        "all characters as they are, and `spaces` that say which words have one behind "
        "them.",
    )
