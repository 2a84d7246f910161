"""What files mark, as spans that may overlap, for a component that learns these.

Most tools have one way to mark words, and do not say whether for `ner` or `spancat`.
"""

from typing import List, NamedTuple

from spacy.language import Language
from spacy.pipeline import EntityRecognizer, SpanCategorizer

from .formats.annotated import Annotated


class Learners(NamedTuple):
    """Which components learn what is marked.

    span_keys (List[str]): The keys of `doc.spans` that components learn.
    is_entity (bool): Whether a component learns `doc.ents`, or none learns spans.
    """

    span_keys: List[str]
    is_entity: bool


def find_learners(nlp: Language) -> Learners:
    """Find the components that learn what is marked: those that are not frozen.

    nlp (Language): The pipeline.
    RETURNS (Learners): What they learn.
    """
    training = nlp.config.get("training") or {}
    frozen = training.get("frozen_components") or []
    pipes = [pipe for name, pipe in nlp.pipeline if name not in frozen]
    keys = [pipe.key for pipe in pipes if isinstance(pipe, SpanCategorizer)]
    has_recognizer = any(isinstance(pipe, EntityRecognizer) for pipe in pipes)
    return Learners(keys, has_recognizer or not keys)


def set_spans(annotated: Annotated, learners: Learners) -> None:
    """Make what is marked in a text the gold of those that learn it. Spans can't be
    marked as missing: of a text of which a part is unknown, they learn nothing.

    annotated (Annotated): The text. It is changed.
    learners (Learners): Who learns it.
    """
    entities = annotated.entities
    if not learners.span_keys or entities is None:
        return
    if annotated.is_complete and not annotated.unknown:
        for key in learners.span_keys:
            annotated.spans.setdefault(key, entities)
    if not learners.is_entity:
        annotated.entities = None
