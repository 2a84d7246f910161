from typing import Iterator

import pytest
from spacy.language import Language


@pytest.fixture
def nlp(base: Language) -> Iterator[Language]:
    """The base pipeline, to add components to."""
    names = list(base.component_names)
    yield base
    for name in base.component_names:
        if name not in names:
            base.remove_pipe(name)
