"""What the encoder of a frozen component makes of each token, remembered."""

from collections import OrderedDict
from contextlib import contextmanager
from typing import Any, Iterator, List, Sequence, Set, Union

from spacy.attrs import ORTH, SPACY
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import Model

from ..base_pipeline import find_listened
from ..growth.encoder import read_features
from ..growth.registry import get_growth

# of 96 numbers each, as in spaCy's small pipelines, that is 77 MB
MAX_WORDS = 200_000


class FrozenNetwork:
    """The network of a component that does not change. Its encoder, which takes most of
    the time, runs once for each text, as long as it is remembered.

    base (Language): The pipeline.
    component (str): The component.
    max_words (int): The number of words to remember, of those met last.
    """

    def __init__(
        self, base: Language, component: str, max_words: int = MAX_WORDS
    ) -> None:
        model: Model = base.get_pipe(component).model  # type: ignore[attr-defined]
        growth = get_growth(base.get_pipe_config(component))
        self._upstreams: List[Any] = [
            base.get_pipe(name) for name in find_listened(base.config, component)
        ]
        self._encoder = growth.get_encoder(model) if growth else model
        self._model = (
            growth.replace_encoder(model, read_features(self.get_features))
            if growth
            else None
        )
        self._attrs = find_attrs([self._encoder, *(u.model for u in self._upstreams)])
        self._features: "OrderedDict[bytes, Any]" = OrderedDict()
        self._max_words = max_words
        self._n_words = 0

    def predict(self, inputs: Any) -> Any:
        """Run the network.

        inputs (Any): Docs, of any vocab with the pipeline's vectors, or what else the
            network takes. They are not changed.
        RETURNS (Any): What it puts out.
        """
        return self._model.predict(inputs) if self._model else self._encode(inputs)

    @contextmanager
    def share(self, pipe: Any) -> Iterator[None]:
        """Let the component itself use what is remembered, and remember what it makes
        of other docs. One that listens has its features from elsewhere.

        pipe (Pipe): The component.
        """
        model = pipe.model
        if self._model and not self._upstreams:
            pipe.model = self._model
        try:
            yield
        finally:
            pipe.model = model

    def get_features(self, docs: Sequence[Doc]) -> List[Any]:
        """Run the encoder, or remember what it put out.

        docs (Sequence[Doc]): The docs, of any vocab with the pipeline's vectors. They
            are not changed.
        RETURNS (List[Floats2d]): A row a token, for each doc.
        """
        keys = [doc.to_array(self._attrs).tobytes() for doc in docs]
        unknown = {key: doc for key, doc in zip(keys, docs) if not self._recall(key)}
        if unknown:
            for key, features in zip(unknown, self._encode([*unknown.values()])):
                self._features[key] = features.copy()  # not a view of the whole batch
            self._n_words += sum(map(len, unknown.values()))
        found = [self._features[key] for key in keys]
        while self._n_words > self._max_words:
            _, oldest = self._features.popitem(last=False)
            self._n_words -= len(oldest)
        return found

    def _recall(self, key: bytes) -> bool:
        if key not in self._features:
            return False
        self._features.move_to_end(key)
        return True

    def _encode(self, docs: Sequence[Doc]) -> Any:
        for pipe in self._upstreams:
            docs = [doc.copy() for doc in docs]
            pipe.set_annotations(docs, pipe.predict(docs))
        return self._encoder.predict(docs)


def find_attrs(models: Sequence[Model]) -> List[Union[int, str]]:
    """Find the token attributes that networks read: the text, and what their config
    lists.

    models (Sequence[Model]): The networks.
    RETURNS (List[int]): IDs of the attributes.
    """
    attrs: Set[Union[int, str]] = {ORTH, SPACY}
    for model in models:
        for node in model.walk():
            attrs.update(node.attrs.get("columns", ()))
    return sorted(attrs, key=str)
