from typing import Any, Callable, Dict, Iterable, Optional

from spacy.language import Language
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
        sgd: Any = None,
        losses: Optional[Dict[str, float]] = None,
        exclude: Iterable[str] = (),
        **kwargs: Any,
    ) -> Dict[str, float]:
        examples = list(examples)
        drop = drop if self.drop is None else self.drop
        losses = {} if losses is None else losses
        exclude = list(exclude)
        skipped = [*exclude, *self.components]
        kwargs.update(drop=drop, sgd=sgd, losses=losses, exclude=skipped)
        type(self.nlp).update(self.nlp, examples, **kwargs)
        for name, update in self.components.items():
            if name in exclude:
                continue
            pipe: Any = self.nlp.get_pipe(name)
            update(pipe, examples, drop=drop, losses=losses)
            if sgd is not False:
                pipe.finish_update(sgd or self.nlp._optimizer)
        return losses
