"""What the tests of several kinds use."""

from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_rehearsal.kinds.base import Kind
from spacy_rehearsal.kinds.registry import kinds
from spacy_rehearsal.readers.rehearsal import RehearsalCorpus
from spacy_rehearsal.teacher.teacher import Teacher

VALUES: Dict[str, Callable[[Any], Any]] = {
    "tagger": lambda token: token.tag_,
    "morphologizer": lambda token: (token.pos_, str(token.morph)),
    "senter": lambda token: token.is_sent_start,
    "trainable_lemmatizer": lambda token: token.lemma_,
    "parser": lambda token: (token.head.i, token.dep_, token.is_sent_start),
}


def make_kind(factory: str) -> Kind:
    kind: Kind = kinds.get(factory)()
    return kind


def read(
    nlp: Language, model: Path, component: str, gold: List[Doc], **settings: Any
) -> Any:
    """Complete docs by way of the reader."""

    def reader(nlp: Language) -> List[Example]:
        return [Example(nlp.make_doc(doc.text), doc) for doc in gold]

    teacher = Teacher(model, components=[component])
    corpus = RehearsalCorpus(
        reader, teacher, component=component, shuffle=False, **settings
    )
    return list(corpus(nlp))


def get_model(request: pytest.FixtureRequest, component: str) -> Path:
    name = "senter_model" if component == "senter" else "token_model"
    return request.getfixturevalue(name)
