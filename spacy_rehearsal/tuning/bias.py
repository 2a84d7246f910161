"""Let an entity recognizer find more, or fewer, entities with some labels."""

from contextlib import contextmanager
from typing import Any, Iterator, List, Mapping

from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from thinc.api import Model

from ..errors import config_error
from ..growth.base import Growth
from ..growth.registry import architectures, get_growth

Bias = Mapping[str, float]  # by label; more finds more
OPENING = ("B-", "U-")


def apply_bias(nlp: Language, component: str, bias: Bias) -> None:
    """Add numbers to the scores of the actions that open an entity, by its label.

    nlp (Language): The pipeline.
    component (str): The entity recognizer.
    bias (Mapping[str, float]): The number for each label that gets one.
    RAISES (ConfigValidationError): If the component can't be tuned, or lacks a label.
    """
    layer = get_output_layer(nlp, component)
    actions = get_actions(nlp.get_pipe(component))
    weights: Any = layer.get_param("b").copy()
    for label, number in bias.items():
        opening = [f"{prefix}{label}" for prefix in OPENING]
        rows = [i for i, action in enumerate(actions) if action in opening]
        if not rows:
            raise config_error(["bias"], f"'{component}' has no label '{label}'")
        weights[rows] += number
    layer.set_param("b", weights)


@contextmanager
def biased(nlp: Language, component: str, bias: Bias) -> Iterator[None]:
    """Apply a bias for a while. See `apply_bias`."""
    layer = get_output_layer(nlp, component)
    weights = layer.get_param("b")
    apply_bias(nlp, component, bias)
    try:
        yield
    finally:
        layer.set_param("b", weights)


def get_output_layer(nlp: Language, component: str) -> Model:
    """Get the layer of an entity recognizer that scores the actions."""
    pipe: Any = nlp.get_pipe(component)
    return find_network(nlp, component).get_output_layer(pipe.model)


def find_network(nlp: Language, component: str) -> Growth:
    """Find what is to be known of the network of an entity recognizer.

    nlp (Language): The pipeline.
    component (str): The component.
    RETURNS (Growth): Knows its parts.
    RAISES (ConfigValidationError): If it can't be tuned.
    """
    block = nlp.get_pipe_config(component)
    if not isinstance(nlp.get_pipe(component), EntityRecognizer):
        raise config_error(
            ["component"],
            f"'{component}' can't be tuned yet: its factory is {block['factory']}. "
            "Only entity recognizers can, whose factory is ner.",
        )
    growth = get_growth(block)
    if growth is None:
        raise config_error(
            ["component"],
            f"'{component}' can't be tuned: its network is "
            f"{block['model'].get('@architectures')}. These can be: "
            f"{', '.join(sorted(architectures.get_all()))}",
        )
    return growth


def get_actions(ner: Any) -> List[str]:
    """Get the names of an entity recognizer's actions, in the order of its scores."""
    return [ner.moves.get_class_name(i) for i in range(ner.moves.n_moves)]
