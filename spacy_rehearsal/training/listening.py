"""Let components in training have from the teacher what frozen transformers say."""

from functools import partial
from typing import Any, Collection, ContextManager, Iterable, List

from spacy.language import Language

from ..base_pipeline import find_listened, find_transformers
from ..teacher.teacher import Teacher
from .hooks import get_hooks


def feed_listeners(
    nlp: Language, teacher: Teacher, components: Iterable[str], frozen: Collection[str]
) -> List[str]:
    """Let components that listen to nothing but frozen transformers have from the
    teacher what these make of a text, so that each runs once for each text.

    nlp (Language): The pipeline in training.
    teacher (Teacher): The frozen base pipeline.
    components (Iterable[str]): The components.
    frozen (Collection[str]): The components that do not change.
    RETURNS (List[str]): The components that are fed.
    """
    fed = []
    for name in components:
        listened = find_listened(nlp.config, name)
        transformers = find_transformers(nlp.config, name)
        if listened and listened == transformers and {*listened} <= {*frozen}:
            get_hooks(nlp).set_around(name, partial(feed, teacher, name))
            fed.append(name)
    return fed


def feed(teacher: Teacher, component: str, pipe: Any) -> ContextManager[None]:
    """Give the listeners of a component what the teacher remembers."""
    return teacher.listeners.feed(component, pipe.model)
