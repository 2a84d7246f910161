from typing import Any, Iterator

import pytest
from spacy.language import Language

from tests.pipeline.util import RULES, TABLES


@pytest.fixture
def nlp(base: Language) -> Iterator[Language]:
    """The base pipeline, to add components to."""
    names = list(base.component_names)
    yield base
    for name in base.component_names:
        if name not in names:
            base.remove_pipe(name)


@pytest.fixture
def mapper_nlp(nlp: Language) -> Language:
    mapper: Any = nlp.add_pipe("label_mapper")
    for name, table in TABLES.items():
        mapper.add_gazetteer(name, table)
    mapper.add_rules(RULES)
    return nlp
