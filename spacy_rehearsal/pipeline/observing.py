"""Keep what the network of an entity recognizer computes, so that it runs once."""

import threading
import weakref
from typing import Any, Callable, List, MutableMapping, Optional, Sequence, Tuple

from spacy.tokens import Doc
from thinc.api import Model

from .decisions import Decisions, decide

Forward = Callable[..., Tuple[Any, Callable[..., Any]]]
Batch = Tuple[List["weakref.ref[Doc]"], List[int], Any]


class Observer:
    """Stands in for the forward function of an entity recognizer's network. When it has
    set the entities of a batch, the steps that lead to them are scored with what the
    network has computed: at the next batch, or when they are asked for.

    forward (Callable): The function.
    moves (BiluoPushDown): The transition system of the entity recognizer.
    """

    def __init__(self, forward: Forward, moves: Any) -> None:
        self._forward = forward
        self._moves = moves
        # a batch of one thread is not read while another one's entities are set
        self._own = threading.local()
        self._found: MutableMapping[Doc, Decisions] = weakref.WeakKeyDictionary()

    def __reduce__(self) -> Tuple[Any, ...]:
        # the component in the other process observes anew
        return get_forward, (self._forward,)

    def __call__(
        self, model: Model, docs: Sequence[Doc], is_train: bool
    ) -> Tuple[Any, Callable[..., Any]]:
        self._read()
        network, backprop = self._forward(model, docs, is_train)
        if not is_train:
            # the entity recognizer clears it before it sets the entities
            network.clear_memory = do_nothing
            self._own.batch = [weakref.ref(d) for d in docs], [*map(len, docs)], network
        return network, backprop

    def pop(self, doc: Doc) -> Optional[Decisions]:
        """Get what has led to the entities of a doc, once.

        doc (Doc): The doc.
        RETURNS (Optional[Decisions]): The steps, or None if the network has not run on
            it since.
        """
        self._read()
        return self._found.pop(doc, None)

    def _read(self) -> None:
        batch: Optional[Batch] = getattr(self._own, "batch", None)
        if batch is None:
            return
        self._own.batch = None
        refs, lengths, network = batch
        docs = [ref() for ref in refs]
        for doc, found in zip(docs, decide(self._moves, network, docs, lengths)):
            if doc is not None and found is not None:
                self._found[doc] = found


def observe(ner: Any) -> Observer:
    """Observe an entity recognizer, if it is not observed yet.

    ner (EntityRecognizer): The component.
    RETURNS (Observer): What observes it.
    """
    observer = ner.model._func
    if not isinstance(observer, Observer):
        ner.model._func = observer = Observer(observer, ner.moves)
    return observer


def get_forward(forward: Forward) -> Forward:
    return forward


def do_nothing() -> None:
    """Clear nothing."""
