"""What frozen encoders make of docs, remembered."""

from collections import OrderedDict
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Set, Union

from spacy.attrs import ORTH, SPACY
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import replace_model_node
from thinc.api import Model

from ..base_pipeline import find_listened
from ..growth.encoder import find_listeners, read_features
from ..growth.registry import get_growth

# of 96 numbers each, as in spaCy's small pipelines, that is 77 MB; of 768, as in those
# with a transformer, 614 MB
MAX_WORDS = 200_000
BATCH_SIZE = 128  # docs
Encode = Callable[[List[Doc]], List[Any]]


class FeatureMemory:
    """An encoder that runs once for each text, as long as that is remembered.

    encode (Callable[[List[Doc]], List[Floats2d]]): Makes a row a token, for each doc.
    models (Sequence[Model]): The networks that it takes.
    max_words (int): The number of words to remember, of those met last.
    """

    def __init__(
        self, encode: Encode, models: Sequence[Model], max_words: int = MAX_WORDS
    ) -> None:
        self._encode = encode
        self._attrs = find_attrs(models)
        self._features: "OrderedDict[bytes, Any]" = OrderedDict()
        self._max_words = max_words
        self._n_words = 0

    def __call__(self, docs: Sequence[Doc]) -> List[Any]:
        """Run the encoder, or remember what it put out.

        docs (Sequence[Doc]): The docs.
        RETURNS (List[Floats2d]): A row a token, for each doc.
        """
        keys = [doc.to_array(self._attrs).tobytes() for doc in docs]
        unknown = {key: doc for key, doc in zip(keys, docs) if not self._recall(key)}
        if unknown:
            for key, features in zip(unknown, self._encode([*unknown.values()])):
                is_view = features.base is not None  # of the whole batch
                self._features[key] = features.copy() if is_view else features
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


class FrozenListeners:
    """What the listeners of a pipeline get from encoders that do not change. Components
    that listen alike share it.

    nlp (Language): The pipeline.
    max_words (int): The number of words to remember, of those met last.
    """

    def __init__(self, nlp: Language, max_words: int = MAX_WORDS) -> None:
        self._nlp = nlp
        self._max_words = max_words
        self._memories: Dict[bytes, FeatureMemory] = {}

    @contextmanager
    def feed(self, component: str, model: Model) -> Iterator[None]:
        """Give the listeners of a network what is remembered. What they listen to need
        not run, and gets nothing back.

        component (str): The component whose network it is.
        model (Model): The network, the component's own or one with the same listeners.
        """
        pairs = [
            (
                listener,
                read_features(self._remember(component, listener), listener.name),
            )
            for listener in find_listeners(model)
        ]
        for listener, layer in pairs:
            replace_model_node(model, listener, layer)
        try:
            yield
        finally:
            for listener, layer in pairs:
                replace_model_node(model, layer, listener)

    @contextmanager
    def feed_all(self) -> Iterator[None]:
        """Give all listeners of the pipeline what is remembered."""
        with ExitStack() as stack:
            upstreams: Set[str] = set()
            for name, pipe in self._nlp.pipeline:
                listened = find_listened(self._nlp.config, name)
                if listened:
                    stack.enter_context(self.feed(name, pipe.model))  # type: ignore
                    upstreams.update(listened)
            stack.enter_context(self._nlp.select_pipes(disable=[*upstreams]))
            yield

    def _remember(self, component: str, listener: Model) -> FeatureMemory:
        names = find_listened(self._nlp.config, component)
        key = listener.to_bytes() + "\n".join(names).encode()
        if key not in self._memories:
            pipes: List[Any] = [self._nlp.get_pipe(name) for name in names]

            def listen(docs: List[Doc]) -> List[Any]:
                return listener.predict(annotate(docs, pipes))

            models = [pipe.model for pipe in pipes]
            self._memories[key] = FeatureMemory(listen, models, self._max_words)
        return self._memories[key]


class FrozenNetwork:
    """The network of a component that does not change. Its encoder, which takes most of
    the time, runs once for each text, as long as it is remembered.

    base (Language): The pipeline.
    component (str): The component.
    listeners (Optional[FrozenListeners]): What listeners of the pipeline get.
    max_words (int): The number of words to remember, of those met last.
    """

    def __init__(
        self,
        base: Language,
        component: str,
        listeners: Optional[FrozenListeners] = None,
        max_words: int = MAX_WORDS,
    ) -> None:
        model: Model = base.get_pipe(component).model  # type: ignore[attr-defined]
        growth = get_growth(base.get_pipe_config(component))
        self._component = component
        self._listeners = listeners or FrozenListeners(base, max_words)
        self._is_listening = bool(find_listeners(model))
        self._encoder = wrap(growth.get_encoder(model) if growth else model)
        upstreams: List[Any] = [
            base.get_pipe(name) for name in find_listened(base.config, component)
        ]
        models = [self._encoder, *(upstream.model for upstream in upstreams)]
        self.get_features = FeatureMemory(self._encode, models, max_words)
        self._model = (
            growth.replace_encoder(model, read_features(self.get_features))
            if growth
            else None
        )

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
        of other docs. Listeners are fed by `FrozenListeners`.

        pipe (Pipe): The component.
        """
        model = pipe.model
        if self._model and not self._is_listening:
            pipe.model = self._model
        try:
            yield
        finally:
            pipe.model = model

    def _encode(self, inputs: Any) -> Any:
        with self._listeners.feed(self._component, self._encoder):
            return self._encoder.predict(inputs)


def wrap(model: Model) -> Model:
    """Put a network into another one, which does the same, so that all of its layers
    have one around them."""

    def forward(outer: Model, docs: Any, is_train: bool) -> Any:
        return outer.layers[0](docs, is_train)

    return Model("wrapped", forward, layers=[model])


def annotate(docs: Sequence[Doc], pipes: Sequence[Any]) -> List[Doc]:
    """Let components annotate copies of docs, in batches of the size that they like."""
    copies = [doc.copy() for doc in docs]
    for pipe in pipes:
        copies = list(pipe.pipe(copies, batch_size=BATCH_SIZE))
    return copies


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
