"""Encoders that grow: parts of `concatenate.v1`, the frozen ones first."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from spacy.util import registry
from thinc.api import Model, concatenate

from .base import Features

CONCATENATE = "concatenate.v1"
CHAIN = "chain.v1"
BASE = "base"
# of the layer that sees more of the context: the size of its vectors, and the words on
# each side that it sees
CONTEXT_WIDTH = 32
CONTEXT_WINDOW = 10


def get_part_configs(encoder: Dict[str, Any]) -> Dict[str, Any]:
    """Get the blocks of the parts of an encoder, by name."""
    if encoder.get("@layers") == CONCATENATE:
        return dict(encoder["*"])
    return {BASE: encoder}


def grow_encoder(
    encoder: Dict[str, Any], upstreams: Sequence[Dict[str, Any]]
) -> Dict[str, Any]:
    """Get the config of an encoder with one more part: one that is built like the
    first, and can start as a copy of it, and behind it a layer that sees more of the
    context. What is new in a text often shows in words further away than those that the
    encoders of spaCy's pipelines see, four on each side.

    encoder (Dict[str, Any]): The block of the encoder.
    upstreams (Sequence[Dict[str, Any]]): The blocks of the encoders that its parts
        listen to.
    RETURNS (Dict[str, Any]): The block of the larger encoder.
    """
    parts = get_part_configs(encoder)
    first = next(iter(parts.values()))
    source = upstreams[0] if "upstream" in first else first
    new = {"@layers": CHAIN, "*": {"copy": source, "context": make_context(source)}}
    return {"@layers": CONCATENATE, "*": {**parts, name_part(len(parts)): new}}


def make_context(encoder: Dict[str, Any]) -> Dict[str, Any]:
    """Get the config of a layer that adds more of the context to what an encoder makes
    of each token.

    encoder (Dict[str, Any]): The block of the encoder.
    RETURNS (Dict[str, Any]): The block of the layer.
    """
    maxout = {"@layers": "Maxout.v1", "nO": CONTEXT_WIDTH, "nP": 3, "normalize": True}
    n_words = 2 * CONTEXT_WINDOW + 1
    far = {
        "narrow": {**maxout, "nI": get_width(encoder)},
        "window": {"@layers": "expand_window.v1", "window_size": CONTEXT_WINDOW},
        "mix": {**maxout, "nI": n_words * CONTEXT_WIDTH},
    }
    parts = {
        "near": {"@layers": "Dropout.v1"},  # all that the encoder says, as it is
        "far": {"@layers": CHAIN, "*": far},
    }
    return {
        "@layers": "with_array.v1",
        "pad": CONTEXT_WINDOW,
        "layer": {"@layers": CONCATENATE, "*": parts},
    }


def shrink_encoder(encoder: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """Get the config of an encoder without the parts that it has gained.

    encoder (Dict[str, Any]): The block of the encoder.
    RETURNS (Optional[Dict[str, Any]]): The block of the smaller one, or None if it has
        not grown.
    """
    parts = get_part_configs(encoder)
    first = {n: part for i, (n, part) in enumerate(parts.items()) if n != name_part(i)}
    if len(first) == len(parts):
        return None
    return {**encoder, "*": first} if [*first] != [BASE] else dict(first[BASE])


def has_one_part_more(base: Dict[str, Any], encoder: Dict[str, Any]) -> bool:
    """Tell whether an encoder is another and one more part beside it.

    base (Dict[str, Any]): The block of the smaller encoder.
    encoder (Dict[str, Any]): The block of the larger one.
    RETURNS (bool): Whether it is.
    """
    parts, old_parts = ([*get_part_configs(block).items()] for block in (encoder, base))
    return parts[:-1] == old_parts


def name_part(place: int) -> str:
    """Get the name of a part that an encoder gains.

    place (int): Its place among the parts, from 0.
    RETURNS (str): The name.
    """
    return f"grown{place}"


def get_width(encoder: Dict[str, Any]) -> int:
    """Get the size of the vector that an encoder makes of each token.

    encoder (Dict[str, Any]): The block of the encoder.
    RETURNS (int): The size.
    """
    model: Model = registry.resolve({"encoder": encoder})["encoder"]
    return model.get_dim("nO")


def get_parts(encoder: Model) -> List[Model]:
    """Get the parts of an encoder. One that has not grown is its own only part."""
    names = "|".join(layer.name for layer in encoder.layers)
    return list(encoder.layers) if encoder.name == names else [encoder]


def get_new_parts(base: Model, encoder: Model) -> List[Model]:
    """Get the parts that an encoder has and the one that it has grown from lacks."""
    return get_parts(encoder)[len(get_parts(base)) :]


def copy_encoder(
    base: Model, encoder: Model, upstreams: Sequence[Model]
) -> Optional[Tuple[int, int]]:
    """Copy an encoder into one that has grown from it. The new part, or its first
    layer, starts as a copy of the first part that is built like it, or of an encoder
    that a part listens to.

    base (Model): The encoder.
    encoder (Model): The larger one, initialized.
    upstreams (Sequence[Model]): The encoders that the parts listen to.
    RETURNS (Optional[Tuple[int, int]]): The columns of what the encoder puts out that
        the new part's are copies of, or None if there is nothing like it.
    """
    copy_parts(base, encoder)
    [new] = get_new_parts(base, encoder)
    start = 0
    listened = iter(upstreams)
    for part in get_parts(base):
        stop = start + part.get_dim("nO")
        source = next(listened, part) if is_listener(part) else part
        copy = next((n for n in (new, *new.layers[:1]) if are_alike(source, n)), None)
        if copy is not None:
            copy.from_bytes(source.to_bytes())
            return start, stop
        start = stop
    return None


def copy_parts(encoder: Model, other: Model) -> None:
    """Copy the parts of an encoder into those that another has in their places. The
    parts that only one of them has are left alone.

    encoder (Model): The encoder.
    other (Model): The other one.
    """
    for part, copy in zip(get_parts(encoder), get_parts(other)):
        copy.from_bytes(part.to_bytes())


def is_listener(part: Model) -> bool:
    """Tell whether a part gets its features from another component."""
    return hasattr(part, "upstream_name")


def are_alike(model: Model, other: Model) -> bool:
    """Tell whether two networks have the same layers and weights of the same shapes."""
    shapes, others = (
        [
            (node.name, [(p, node.get_param(p).shape) for p in node.param_names])
            for node in m.walk()
        ]
        for m in (model, other)
    )
    return shapes == others


def freeze_encoder(base: Model, encoder: Model, features: Features) -> Model:
    """Make an encoder that gets the features of its frozen parts from elsewhere, and
    sends nothing back through them. It shares the new parts with the other.

    base (Model): The encoder that it has grown from.
    encoder (Model): The encoder.
    features (Callable[[Sequence[Doc]], List[ArrayXd]]): Gives the frozen features.
    RETURNS (Model[List[Doc], List[Floats2d]]): The encoder.
    """
    return concatenate(read_features(features), *get_new_parts(base, encoder))


def read_features(features: Features) -> Model:
    """Make a layer that gets features from elsewhere, and learns nothing.

    features (Callable[[Sequence[Doc]], List[ArrayXd]]): Gives the features.
    RETURNS (Model[List[Doc], List[Floats2d]]): The layer.
    """

    def forward(model: Model, docs: Any, is_train: bool) -> Tuple[Any, Any]:
        return features(docs), lambda d_features: []

    return Model("frozen_features", forward)
