"""Encoders that grow: parts of `concatenate.v1`, the frozen ones first.

The parts of most encoders read docs. What listens to a transformer stays the one layer
that does, and the parts read what it hears: `base` is that, as it is.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from spacy.util import registry
from thinc.api import Model, chain, concatenate, with_array

from .base import Features

CONCATENATE = "concatenate.v1"
CHAIN = "chain.v1"
# what it gets, as it is, but for dropout in training
AS_IS = {"@layers": "Dropout.v1"}
BASE = "base"
# of the layer that sees more of the context: the size of its vectors, and the words on
# each side that it sees
CONTEXT_WIDTH = 32
CONTEXT_WINDOW = 10


class Columns(NamedTuple):
    """Columns of what an encoder puts out.

    source (slice): Columns of the smaller encoder.
    target (slice): Those of the larger one that new units start with in their place.
    """

    source: slice
    target: slice


def get_part_configs(encoder: Dict[str, Any]) -> Dict[str, Any]:
    """Get the blocks of the parts of an encoder, by name."""
    if encoder.get("@layers") == CONCATENATE:
        return dict(encoder["*"])
    if "heard" in encoder.get("*", {}):
        layers = encoder["*"]
        return {**layers["heard"]["layer"]["*"], BASE: layers["listener"]}
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
        listen to, if the new part is to start as a copy of one. Else, which is so
        behind a transformer, there is no copy: it reads what the listener hears.
    RETURNS (Dict[str, Any]): The block of the larger encoder.
    """
    parts = get_part_configs(encoder)
    name = name_part(len(parts))
    first = next(iter(parts.values()))
    is_heard = "upstream" in first and not upstreams
    source = upstreams[0] if "upstream" in first and upstreams else first
    # near: all that the encoder says, as it is
    both = {"near": AS_IS, "far": make_context(source)}
    if is_heard:
        new = {"@layers": CONCATENATE, "*": both}
        heard = read_array({**parts, BASE: AS_IS, name: new})
        return {"@layers": CHAIN, "*": {"listener": first, "heard": heard}}
    new = {"@layers": CHAIN, "*": {"copy": source, "context": read_array(both)}}
    return {"@layers": CONCATENATE, "*": {**parts, name: new}}


def make_context(encoder: Dict[str, Any]) -> Dict[str, Any]:
    """Get the config of a layer that makes a vector of the context of each token.

    encoder (Dict[str, Any]): The block of the encoder whose vectors it reads.
    RETURNS (Dict[str, Any]): The block of the layer.
    """
    maxout = {"@layers": "Maxout.v1", "nO": CONTEXT_WIDTH, "nP": 3, "normalize": True}
    n_words = 2 * CONTEXT_WINDOW + 1
    layers = {
        "narrow": {**maxout, "nI": get_width(encoder)},
        "window": {"@layers": "expand_window.v1", "window_size": CONTEXT_WINDOW},
        "mix": {**maxout, "nI": n_words * CONTEXT_WIDTH},
    }
    return {"@layers": CHAIN, "*": layers}


def read_array(layers: Dict[str, Any]) -> Dict[str, Any]:
    """Get the config of layers side by side that read vectors of the tokens."""
    return {
        "@layers": "with_array.v1",
        "pad": CONTEXT_WINDOW,
        "layer": {"@layers": CONCATENATE, "*": layers},
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


def get_width(encoder: Dict[str, Any]) -> Optional[int]:
    """Get the size of the vector that an encoder makes of each token.

    encoder (Dict[str, Any]): The block of the encoder.
    RETURNS (Optional[int]): The size. None if the block does not say it, and only the
        weights that it listens to do.
    """
    model: Model = registry.resolve({"encoder": encoder})["encoder"]
    return model.get_dim("nO") if model.has_dim("nO") else None


def get_parts(encoder: Model) -> List[Model]:
    """Get the parts of an encoder. One that has not grown is its own only part."""
    if is_heard(encoder):
        listener, heard = encoder.layers
        return [listener, *heard.layers[0].layers[1:]]
    names = "|".join(layer.name for layer in encoder.layers)
    return list(encoder.layers) if encoder.name == names else [encoder]


def is_heard(encoder: Model) -> bool:
    """Tell whether the parts of an encoder read what a listener hears."""
    names = [layer.name for layer in encoder.layers]
    return bool(names) and names[-1].startswith("with_array(dropout|")


def get_new_parts(base: Model, encoder: Model) -> List[Model]:
    """Get the parts that an encoder has and the one that it has grown from lacks."""
    return get_parts(encoder)[len(get_parts(base)) :]


def copy_encoder(
    base: Model, encoder: Model, upstreams: Sequence[Model]
) -> Optional[Columns]:
    """Copy an encoder into one that has grown from it. The new part, or its first
    layer, starts as a copy of the first part that is built like it, or of an encoder
    that a part listens to.

    base (Model): The encoder.
    encoder (Model): The larger one, initialized.
    upstreams (Sequence[Model]): The encoders that the parts listen to and the new part
        is built like.
    RETURNS (Optional[Columns]): The columns of what the encoder puts out that the new
        part's are copies of, or that new units read, too. None if there are none.
    """
    copy_parts(base, encoder)
    [new] = get_new_parts(base, encoder)
    parts = get_parts(base)
    if is_heard(encoder):
        columns = slice(parts[0].get_dim("nO"))
        return Columns(columns, columns)
    n_inputs = sum(part.get_dim("nO") for part in parts)
    start = 0
    listened = iter(upstreams)
    for part in parts:
        width = part.get_dim("nO")
        source = next(listened, part) if is_listener(part) else part
        copy = next((n for n in (new, *new.layers[:1]) if are_alike(source, n)), None)
        if copy is not None:
            copy.from_bytes(source.to_bytes())
            return Columns(
                slice(start, start + width), slice(n_inputs, n_inputs + width)
            )
        start += width
    return None


def copy_parts(encoder: Model, other: Model) -> None:
    """Copy the parts of an encoder into those that another has in their places. The
    parts that only one of them has are left alone.

    encoder (Model): The encoder.
    other (Model): The other one.
    """
    for part, copy in zip(get_parts(encoder), get_parts(other)):
        copy.from_bytes(part.to_bytes())


def is_listener(layer: Model) -> bool:
    """Tell whether a layer gets its features from another component: one of spaCy, of
    spacy-transformers or of spacy-curated-transformers."""
    return (
        hasattr(layer, "upstream_name")
        or bool(layer.has_ref("listener"))
        or "_upstream_name" in layer.attrs
    )


def find_listeners(model: Model) -> List[Model]:
    """Find the layers of a network that get their features from other components."""
    if is_listener(model):
        return [model]
    found = [listener for layer in model.layers for listener in find_listeners(layer)]
    return list({id(listener): listener for listener in found}.values())


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
    new = get_new_parts(base, encoder)
    if is_heard(encoder):
        listener, heard = encoder.layers
        new = [chain(listener, with_array(concatenate(*new), heard.attrs["pad"]))]
    return concatenate(read_features(features), *new)


def read_features(features: Features, name: str = "frozen_features") -> Model:
    """Make a layer that gets features from elsewhere, and learns nothing.

    features (Callable[[Sequence[Doc]], List[ArrayXd]]): Gives the features.
    name (str): The name of the layer.
    RETURNS (Model[List[Doc], List[Floats2d]]): The layer.
    """

    def forward(model: Model, docs: Any, is_train: bool) -> Tuple[Any, Any]:
        return features(docs), lambda d_features: []

    return Model(name, forward)
