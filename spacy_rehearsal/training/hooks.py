"""The one place that changes `nlp.update`, `nlp.evaluate` and `nlp.to_disk`.

spaCy's training loop passes one constant dropout rate to each call, has every component
update itself, evaluates frozen components again and again, which are most of an
evaluation's time and change nothing, and can't go on where it was interrupted. No
config can change that, and a subclass of Language would be saved with the pipeline. So
these methods are replaced on the pipeline object in training, and put back after it.
"""

import sys
import weakref
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import (
    Any,
    Callable,
    ContextManager,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Protocol,
    Sequence,
    Set,
    Union,
)

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from ..base_pipeline import check_component
from .frames import LOOP

ComponentUpdate = Callable[..., None]
Around = Callable[[Any], ContextManager[None]]
METHODS = ("update", "evaluate", "to_disk")


class Recorder(Protocol):
    """What does the work of the training loop, or knows that it is done. See
    `training.checkpoint.Checkpoint`."""

    def update(
        self,
        update: Callable[[], Dict[str, float]],
        examples: Sequence[Example],
        losses: Dict[str, float],
    ) -> Dict[str, float]:
        """Update the pipeline."""

    def evaluate(self, evaluate: Callable[[], Dict[str, Any]]) -> Dict[str, Any]:
        """Evaluate the pipeline."""

    def to_disk(self, to_disk: Callable[[], None], path: Path) -> None:
        """Save the pipeline."""


def get_hooks(nlp: Language) -> "TrainingHooks":
    """Get the hooks of a pipeline in training; put them in place if need be.

    nlp (Language): The pipeline.
    RETURNS (TrainingHooks): Its hooks.
    """
    for name in METHODS:
        hooks = getattr(getattr(nlp, name), "__self__", None)
        if isinstance(hooks, TrainingHooks):
            return hooks
    return TrainingHooks(nlp)


def is_called_by_loop() -> bool:
    """Tell whether spaCy's training loop is what calls a method."""
    return sys._getframe(2).f_globals.get("__name__") == LOOP


class TrainingHooks:
    """`nlp.update` with a dropout rate and component updates that callbacks set,
    `nlp.evaluate` without components that are not in training, and all of these
    recorded.

    They are put back when the callbacks are gone that asked for another update, which
    the training loop holds for as long as it runs; without such callbacks as soon as
    somebody else than the training loop evaluates.

    nlp (Language): The pipeline in training.

    ATTRIBUTES:
    drop (Optional[float]): The dropout rate, instead of the loop's.
    """

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self.drop: Optional[float] = None
        self._components: Dict[str, ComponentUpdate] = {}
        self._around: Dict[str, Around] = {}
        self._idle: Sequence[str] = ()
        self._recorder: Optional[Recorder] = None
        self._replaced: Dict[str, Callable[..., Any]] = {}
        self._owners: Set["weakref.ref[Any]"] = set()

    def set_drop(self, drop: float, *, owner: object) -> None:
        """Set the dropout rate of the updates that follow.

        drop (float): The rate, from 0 to 1.
        owner (object): Who asks for it. The update is put back when it is gone.
        """
        self.drop = drop
        self._own(owner)

    def set_component_update(
        self, name: str, update: ComponentUpdate, *, owner: object
    ) -> None:
        """Set what updates a component instead of its own method.

        name (str): The component.
        update (Callable): Called with the component, the examples, `drop` and `losses`,
            it adds to the gradients and to the losses.
        owner (object): Who asks for it. The update is put back when it is gone.
        RAISES (ConfigValidationError): If there is no such component.
        """
        check_component(self.nlp, name)
        self._components[name] = update
        self._own(owner)

    def set_around(self, name: str, around: Around) -> None:
        """Set what is done around the updates of a component, and its evaluations, in
        the training loop.

        name (str): The component.
        around (Callable[[Pipe], ContextManager]): Called with the component.
        RAISES (ConfigValidationError): If there is no such component.
        """
        check_component(self.nlp, name)
        self._around[name] = around
        self._replace("update")

    def set_recorder(self, recorder: Recorder, *, owner: object) -> None:
        """Set what does the work of the training loop, or knows that it is done.

        recorder (Recorder): Does it.
        owner (object): Who asks for it. The methods are put back when it is gone.
        """
        self._recorder = recorder
        self._replace("evaluate")
        self._replace("to_disk")
        self._own(owner)

    def leave_out(self, names: List[str]) -> None:
        """Leave components out of the evaluations of the training loop, and of what
        annotates after updates.

        names (List[str]): The components.
        RAISES (ConfigValidationError): If there is no such component.
        """
        for name in names:
            check_component(self.nlp, name)
        self._idle = names
        self._replace("evaluate")

    def remove(self) -> None:
        """Put back what was replaced. What somebody else has put around it since stays,
        and gets what was there before."""
        for name, replaced in self._replaced.items():
            if vars(self.nlp).get(name) == getattr(self, name):
                del vars(self.nlp)[name]
                if getattr(self.nlp, name) != replaced:
                    setattr(self.nlp, name, replaced)
        self._recorder = None
        self.drop = None
        self._components = {}
        self._around = {}
        self._idle = ()

    def update(
        self, examples: Iterable[Example], *, drop: float = 0.0, **kwargs: Any
    ) -> Dict[str, float]:
        """See `Language.update`."""
        annotates = kwargs.pop("annotates", ())
        kwargs["annotates"] = [name for name in annotates if name not in self._idle]
        kwargs["drop"] = drop if self.drop is None else self.drop
        examples = [*examples]

        def update() -> Dict[str, float]:
            with self._substitute():
                losses: Dict[str, float] = self._get("update")(examples, **kwargs)
                return losses

        losses = kwargs.get("losses")
        if self._recorder is None or losses is None:
            return update()
        return self._recorder.update(update, examples, losses)

    def evaluate(self, *args: Any, **kwargs: Any) -> Dict[str, Any]:
        """See `Language.evaluate`."""
        own = partial(self._get("evaluate"), *args, **kwargs)
        if not is_called_by_loop():
            if not self._owners and not self._around:
                self.remove()
            return own()

        def evaluate() -> Dict[str, Any]:
            with self.nlp.select_pipes(disable=self._idle), ExitStack() as stack:
                for name, around in self._around.items():
                    stack.enter_context(around(self.nlp.get_pipe(name)))
                scores: Dict[str, Any] = own()
                return scores

        return self._recorder.evaluate(evaluate) if self._recorder else evaluate()

    def to_disk(self, path: Union[str, Path], **kwargs: Any) -> None:
        """See `Language.to_disk`."""
        to_disk = partial(self._get("to_disk"), path, **kwargs)
        if self._recorder is not None and is_called_by_loop():
            self._recorder.to_disk(to_disk, Path(path))
        else:
            to_disk()

    def _get(self, name: str) -> Callable[..., Any]:
        """Get a method as it was before."""
        own: Callable[..., Any] = getattr(type(self.nlp), name).__get__(self.nlp)
        return self._replaced.get(name, own)

    def _replace(self, name: str) -> None:
        if name not in self._replaced:
            self._replaced[name] = getattr(self.nlp, name)
            setattr(self.nlp, name, getattr(self, name))

    def _own(self, owner: object) -> None:
        self._replace("update")
        self._owners.add(weakref.ref(owner, self._lose))

    def _lose(self, owner: "weakref.ref[Any]") -> None:
        self._owners.discard(owner)
        if not self._owners:
            self.remove()

    @contextmanager
    def _substitute(self) -> Iterator[None]:
        """Let the pipeline update other things than its components, in their places:
        whoever updates last of those that share a tok2vec sends back all gradients."""
        components = self.nlp._components
        changed = {*self._components, *self._around}
        self.nlp._components = [
            (name, self._make_substitute(name, pipe) if name in changed else pipe)
            for name, pipe in components
        ]
        try:
            yield
        finally:
            self.nlp._components = components

    def _make_substitute(self, name: str, pipe: Any) -> "Substitute":
        update = self._components.get(name, update_component)
        around = self._around.get(name, nullcontext)
        return Substitute(pipe, update, around)


def update_component(
    component: Any,
    examples: Iterable[Example],
    *,
    drop: float,
    losses: Dict[str, float],
) -> None:
    """Update a component by its own method."""
    component.update(examples, drop=drop, losses=losses)


class Substitute:
    """A component with another update than its own.

    component (Pipe): The component.
    update (Callable): See `TrainingHooks.set_component_update`.
    around (Callable): See `TrainingHooks.set_around`.
    """

    def __init__(self, component: Any, update: ComponentUpdate, around: Around) -> None:
        self._component = component
        self._update = update
        self._around = around
        # what spaCy looks for in a trainable component, from Python 3.12 on in the
        # instance alone
        self.model = component.model
        self.is_trainable = component.is_trainable
        self.finish_update = component.finish_update

    def __getattr__(self, name: str) -> Any:
        return getattr(self._component, name)

    def __call__(self, doc: Doc) -> Doc:
        return self._component(doc)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float,
        losses: Dict[str, float],
        **_: Any,
    ) -> None:
        with self._around(self._component):
            self._update(self._component, examples, drop=drop, losses=losses)
