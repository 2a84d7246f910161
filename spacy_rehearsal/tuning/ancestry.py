"""Find out what training has changed of a component."""

from typing import Any, Iterable, List, Optional

import numpy
from spacy.language import Language
from thinc.api import ConfigValidationError, Model

from ..base_pipeline import find_listened
from ..errors import config_error
from ..growth.base import Block, Growth
from ..growth.encoder import get_parts, is_listener
from ..readers.formats.annotated import shorten
from .bias import find_network, get_actions
from .scaling import Change, Scaling, get_block

WITHOUT_SCALE = "--scale 1 tunes nothing but the bias."


def check_descent(nlp: Language, component: str, base: Language) -> None:
    """Check that an entity recognizer can have been trained from that of a base
    pipeline.

    nlp (Language): The trained pipeline.
    component (str): The component.
    base (Language): The base pipeline.
    RAISES (ConfigValidationError): If it lacks labels, or has no new one, or one of the
        two can't be tuned.
    """
    for pipeline in (base, nlp):
        find_network(pipeline, component)
    before, after = get_pipe(base, component), get_pipe(nlp, component)
    missing = [label for label in before.labels if label not in after.labels]
    if missing:
        raise descent_error(component, f"it lacks the labels {', '.join(missing)}.")
    if len(before.labels) == len(after.labels):
        raise config_error(
            ["base_model"],
            f"'{component}' has no label that the base pipeline lacks: there is "
            "nothing to tune. Give the pipeline that it was trained from.",
        )
    actions = get_actions(before)
    if get_actions(after)[: len(actions)] != actions:
        raise descent_error(component, "it has its actions in another order.")


def check_tokens(
    nlp: Language, component: str, base: Language, texts: Iterable[str]
) -> None:
    """Check that a trained pipeline and its base make the same tokens.

    nlp (Language): The trained pipeline.
    component (str): The component, for the message.
    base (Language): The base pipeline.
    texts (Iterable[str]): Texts to compare on.
    RAISES (ConfigValidationError): At the first text with others.
    """
    for text in texts:
        tokens, others = ([t.text for t in p.make_doc(text)] for p in (base, nlp))
        if tokens != others:
            raise descent_error(component, f"it gets other tokens of: {shorten(text)}")


def find_scaling(nlp: Language, component: str, base: Language) -> Scaling:
    """Find what training has changed of what a component was.

    If it has grown, that is what new units add to old actions: nothing, before
    training. If it was changed in place, it is all of its weights, but those of new
    actions, which it did not have before.

    nlp (Language): The trained pipeline.
    component (str): The component.
    base (Language): The pipeline that it was trained from.
    RETURNS (Scaling): Scales the component's own network.
    RAISES (ConfigValidationError): If it was not trained from that pipeline, or what it
        listens to was trained too.
    """
    for name in find_listened(nlp.config, component):
        if not base.has_pipe(name) or not have_equal_weights(
            get_pipe(base, name).model, get_pipe(nlp, name).model
        ):
            raise config_error(
                ["scale"],
                f"'{component}' listens to '{name}', which is not as it is in the base "
                f"pipeline, so that it can't be scaled alone. {WITHOUT_SCALE}",
            )
    growth = find_network(nlp, component)
    before, after = get_pipe(base, component).model, get_pipe(nlp, component).model
    blocks, larger = (p.config.interpolate()["components"] for p in (base, nlp))
    if growth.has_grown(blocks[component]["model"], larger[component]["model"]):
        changes = find_corrections(growth, before, after)
    else:
        encoder = growth.get_encoder(before)
        if is_listener(encoder) and not is_listener(growth.get_encoder(after)):
            # `replace_listeners` has given it a copy of what it listened to
            [upstream] = find_listened(base.config, component)
            before = growth.replace_encoder(before, get_pipe(base, upstream).model)
        changes = find_changes(growth, before, after)
    if changes is None:
        raise descent_error(
            component,
            "its network is neither that of the base pipeline with other weights, nor "
            f"that and a part more. {WITHOUT_SCALE}",
        )
    return Scaling(changes, growth.get_encoder(after))


def find_corrections(
    growth: Growth, before: Model, after: Model
) -> Optional[List[Change]]:
    """Find what new units of a network that has grown add to old actions.

    growth (Growth): Knows the parts of the networks.
    before (Model): The network that it has grown from.
    after (Model): The larger one.
    RETURNS (Optional[List[Change]]): The changes. None if it has grown from another.
    """
    parts, kept_parts = (get_parts(growth.get_encoder(m)) for m in (before, after))
    frozen, kept = (growth.find_frozen(before, model) for model in (before, after))
    are_kept = [
        *(have_equal_weights(*pair) for pair in zip(parts, kept_parts)),
        *(
            numpy.array_equal(weights, get_block(block)[get_corner(weights)])
            for weights, block in zip(map(get_block, frozen), kept)
        ),
    ]
    if not all(are_kept):
        return None
    return [
        Change(block, numpy.zeros_like(get_block(block)), get_block(block))
        for block in growth.find_corrections(before, after)
    ]


def find_changes(growth: Growth, before: Model, after: Model) -> Optional[List[Change]]:
    """Find the weights of a network that were changed in place.

    growth (Growth): Knows the parts of the networks.
    before (Model): The network before training.
    after (Model): The same one after it, with more actions.
    RETURNS (Optional[List[Change]]): The changes. None if it is another network.
    """
    layers, others = (
        [node for node in model.walk() if node.param_names] for model in (before, after)
    )
    output = growth.get_output_layer(after)
    if len(layers) != len(others) or not all(
        is_same_layer(layer, other, has_outputs=other is output)
        for layer, other in zip(layers, others)
    ):
        return None
    changes = []
    for layer, other in zip(layers, others):
        for param in layer.param_names:
            weights: Any = layer.get_param(param)
            block = Block(other, param, get_corner(weights))
            if not numpy.array_equal(weights, get_block(block)):
                changes.append(Change(block, weights, get_block(block)))
    return changes


def is_same_layer(layer: Model, other: Model, *, has_outputs: bool) -> bool:
    """Tell whether two layers have weights of the same sizes.

    has_outputs (bool): Whether they score actions, of which one can have more.
    """
    sizes, other_sizes = (
        {
            dim: m.maybe_get_dim(dim)
            for dim in m.dim_names
            if dim != "nO" or not has_outputs
        }
        for m in (layer, other)
    )
    return (layer.name, sizes) == (other.name, other_sizes)


def have_equal_weights(model: Model, other: Model) -> bool:
    """Tell whether two networks have the same weights."""
    weights, others = get_all_weights(model), get_all_weights(other)
    return len(weights) == len(others) and all(map(numpy.array_equal, weights, others))


def get_all_weights(model: Model) -> List[Any]:
    return [
        node.get_param(param) for node in model.walk() for param in node.param_names
    ]


def get_corner(weights: Any) -> Any:
    """Get the index of the part of a larger array that is as large as another one."""
    return tuple(map(slice, weights.shape))


def get_pipe(nlp: Language, name: str) -> Any:
    return nlp.get_pipe(name)


def descent_error(component: str, problem: str) -> ConfigValidationError:
    return config_error(
        ["base_model"],
        f"'{component}' was not trained from that of the base pipeline: {problem}",
    )
