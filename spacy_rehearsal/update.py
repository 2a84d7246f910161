from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterable, Iterator, Optional

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

ComponentUpdate = Callable[..., None]


def get_update(nlp: Language) -> "Update":
    """Get the `nlp.update` that callbacks can change; put it in place if need be.

    nlp (Language): The pipeline in training.
    RETURNS (Update): Its update.
    """
    update: Any = nlp.update
    if not isinstance(update, Update):
        update = Update(nlp)
        nlp.update = update  # type: ignore[method-assign]
    return update


class Update:
    """`nlp.update` with what the training loop takes from no config: the loop passes
    one constant dropout rate to each call and has every component update itself.

    It belongs to the pipeline object in training, not to what is saved.

    ATTRIBUTES:
    drop (Optional[float]): The dropout rate, instead of the loop's.
    components (Dict[str, Callable]): What updates a component instead of its own
        method, by name. Called with the component, the examples, `drop` and `losses`,
        it adds to the gradients and to the losses.
    """

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self.drop: Optional[float] = None
        self.components: Dict[str, ComponentUpdate] = {}

    def __call__(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        **kwargs: Any,
    ) -> Dict[str, float]:
        drop = drop if self.drop is None else self.drop
        with self._substitute():
            return type(self.nlp).update(self.nlp, examples, drop=drop, **kwargs)

    @contextmanager
    def _substitute(self) -> Iterator[None]:
        """Let the pipeline update other things than its components, in their places:
        whoever updates last of those that share a tok2vec sends back all gradients."""
        components = self.nlp._components
        self.nlp._components = [
            (name, Substitute(pipe, self.components[name]))
            if name in self.components
            else (name, pipe)
            for name, pipe in components
        ]
        try:
            yield
        finally:
            self.nlp._components = components


class Substitute:
    """A component with another update than its own."""

    def __init__(self, pipe: Any, update: ComponentUpdate) -> None:
        self.pipe = pipe
        self._update = update
        # what a trainable component has to have
        self.model = pipe.model
        self.is_trainable = pipe.is_trainable
        self.finish_update = pipe.finish_update

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float,
        losses: Dict[str, float],
        **_: Any,
    ) -> None:
        self._update(self.pipe, examples, drop=drop, losses=losses)

    def __call__(self, doc: Doc) -> Doc:
        return self.pipe(doc)
