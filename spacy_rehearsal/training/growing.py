"""Train what has grown of a component, and leave alone what it has grown from."""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Sequence

from spacy.language import Language
from spacy.tokens import Doc

from ..errors import config_error
from ..growth.base import Growth
from ..growth.component import grow_component
from ..growth.encoder import freeze_encoder
from ..teacher.teacher import Teacher
from .hooks import get_hooks

ADAM_SP = "spacy-rehearsal.AdamSP.v1"


def grow(nlp: Language, name: str, teacher: Teacher) -> None:
    """Start a component as the teacher's with new units beside it, and let these alone
    learn.

    nlp (Language): The pipeline, initialized.
    name (str): The component.
    teacher (Teacher): The frozen base pipeline.
    RAISES (ConfigValidationError): If the component's network is not the teacher's and
        one more part.
    """
    teacher.check_component(name)
    config = nlp.config.interpolate()
    check_optimizer(config["training"]["optimizer"])
    if name in config["training"]["frozen_components"] or name in nlp.disabled:
        raise config_error(
            ["grown"],
            f"'{name}' is frozen or disabled, so it can't grow. Take it out of "
            "[training] frozen_components and [nlp] disabled",
        )
    growth = grow_component(nlp, name, teacher.nlp)
    get_hooks(nlp).set_around(name, FrozenBase(growth, teacher, name))


def check_optimizer(optimizer: Dict[str, Any]) -> None:
    """Check that an optimizer leaves alone what gets no gradient.

    optimizer (Dict[str, Any]): The block of the optimizer.
    RAISES (ConfigValidationError): If its weight decay does not.
    """
    name = optimizer["@optimizers"]
    if name != ADAM_SP and (optimizer.get("L2") or optimizer.get("use_averages", True)):
        raise config_error(
            ["training", "optimizer"],
            f"weight decay and averages of {name} would change the frozen weights of "
            f"what has grown. Take {ADAM_SP}, or set L2 = 0.0 and use_averages = false",
        )


class FrozenBase:
    """Keep updates from changing what a component has grown from, and from computing
    it again and again.

    growth (Growth): How the component has grown.
    teacher (Teacher): The frozen base pipeline.
    component (str): The name of the component.
    """

    def __init__(self, growth: Growth, teacher: Teacher, component: str) -> None:
        self.growth = growth
        self.teacher = teacher
        self.component = component

    @contextmanager
    def __call__(self, pipe: Any) -> Iterator[None]:
        """Freeze the base of a component.

        pipe (Pipe): The component.
        """
        growth, model = self.growth, pipe.model
        base: Any = self.teacher.nlp.get_pipe(self.component)
        with self.teacher.listeners.feed(self.component, model):
            encoder = freeze_encoder(
                growth.get_encoder(base.model),
                growth.get_encoder(model),
                self.get_features,
            )
            pipe.model = growth.replace_encoder(model, encoder)
            try:
                yield
            finally:
                pipe.model = model
        growth.fit_outputs(pipe)
        for block in growth.find_frozen(base.model, model):
            if block.layer.has_grad(block.param):
                block.layer.get_grad(block.param)[block.index] = 0

    def get_features(self, docs: Sequence[Doc]) -> List[Any]:
        """Get what the teacher's encoder makes of docs."""
        return self.teacher.get_network(self.component).get_features(docs)
