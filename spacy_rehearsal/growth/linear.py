"""How networks grow that score labels by one linear layer."""

from abc import abstractmethod
from typing import Any, Dict, Iterator, Optional, Sequence

import numpy
from thinc.api import Model, chain

from ..kinds.resize import replace_outputs
from .base import COPY_SHARE, Block, Growth
from .encoder import (
    copy_encoder,
    copy_parts,
    grow_encoder,
    has_one_part_more,
    shrink_encoder,
)


class LinearGrowth(Growth):
    """Growth of an encoder, under `tok2vec` in the config and in the network, and a
    layer that scores the labels, `output_layer`. Its old outputs read what is new of
    the encoder as corrections, and of a copy half of what they read of the original: so
    the copy learns from the first update on."""

    # Thinc would take the number of labels for it, where there are static vectors
    needs_width = True

    @abstractmethod
    def find_inputs(self, model: Model, columns: slice) -> Any:
        """Find the inputs of the output layer that it has from a part of the encoder.

        model (Model): The network.
        columns (slice): The columns of what the encoder puts out.
        RETURNS (Ints1d): The place of each of the inputs.
        """

    def grow_config(
        self, model: Dict[str, Any], upstreams: Sequence[Dict[str, Any]]
    ) -> Dict[str, Any]:
        return {**model, "tok2vec": grow_encoder(model["tok2vec"], upstreams)}

    def has_grown(self, base: Dict[str, Any], model: Dict[str, Any]) -> bool:
        same = {**model, "tok2vec": base["tok2vec"]} == base
        return same and has_one_part_more(base["tok2vec"], model["tok2vec"])

    def shrink_config(
        self, block: Dict[str, Any], model: Model
    ) -> Optional[Dict[str, Any]]:
        encoder = shrink_encoder(block["tok2vec"])
        return {**block, "tok2vec": encoder} if encoder else None

    def get_encoder(self, model: Model) -> Model:
        encoder: Model = model.get_ref("tok2vec")
        return encoder

    def replace_encoder(self, model: Model, encoder: Model) -> Model:
        return replace_first(model, model.get_ref("tok2vec"), encoder)

    def copy(self, base: Model, model: Model, upstreams: Sequence[Model]) -> None:
        encoder, larger = self.get_encoder(base), self.get_encoder(model)
        copied = copy_encoder(encoder, larger, upstreams)
        old, layer = (self.get_output_layer(m) for m in (base, model))
        weights: Any = layer.ops.alloc2f(old.get_dim("nO"), layer.get_dim("nI"))
        weights[:, self.find_base_inputs(base, model)] = old.get_param("W")
        if copied is not None and copied.source != copied.target:
            source, target = (self.find_inputs(model, columns) for columns in copied)
            weights[:, target] = COPY_SHARE * weights[:, source]
            weights[:, source] -= weights[:, target]
        set_outputs(model, layer, weights, old)

    def copy_base(self, model: Model, base: Model) -> None:
        copy_parts(self.get_encoder(model), self.get_encoder(base))
        layer = self.get_output_layer(model)
        weights: Any = layer.get_param("W")
        inputs = self.find_base_inputs(base, model)
        smaller = self.get_output_layer(base)
        set_outputs(base, smaller, weights[:, inputs].copy(), layer)

    def fit_outputs(self, pipe: Any) -> None:
        """The outputs are as many as the labels: none are added in an update."""

    def find_frozen(self, base: Model, model: Model) -> Iterator[Block]:
        outputs = numpy.arange(self.get_output_layer(base).get_dim("nO"))
        layer = self.get_output_layer(model)
        inputs = self.find_base_inputs(base, model)
        yield Block(layer, "W", numpy.ix_(outputs, inputs))
        yield Block(layer, "b", outputs)

    def find_corrections(self, base: Model, model: Model) -> Iterator[Block]:
        outputs = numpy.arange(self.get_output_layer(base).get_dim("nO"))
        layer = self.get_output_layer(model)
        inputs = self.find_base_inputs(base, model)
        others = numpy.setdiff1d(numpy.arange(layer.get_dim("nI")), inputs)
        yield Block(layer, "W", numpy.ix_(outputs, others))

    def find_base_inputs(self, base: Model, model: Model) -> Any:
        """Find the inputs of the output layer that it has from the base network."""
        return self.find_inputs(model, slice(self.get_encoder(base).get_dim("nO")))

    def get_output_layer(self, model: Model) -> Model:
        layer: Model = model.get_ref("output_layer")
        return layer


def replace_first(model: Model, layer: Model, other: Model) -> Model:
    """Make a network of the same layers but for its first one.

    model (Model): The network, a chain whose first layer may be one again.
    layer (Model): The layer that all of the others come after.
    other (Model): The one to put in its place.
    RETURNS (Model): The network.
    """
    if model is layer:
        return other
    first, *rest = model.layers
    changed: Model = chain(replace_first(first, layer, other), *rest)
    changed.attrs.update(model.attrs)
    nodes = [*changed.walk()]
    for name in model.ref_names:
        ref = model.maybe_get_ref(name)
        changed.set_ref(name, other if ref is layer else ref if ref in nodes else None)
    return changed


def set_outputs(model: Model, layer: Model, weights: Any, other: Model) -> None:
    """Give the output layer of a network other weights, and the biases of another."""
    params = {"W": weights, "b": other.get_param("b").copy()}
    replace_outputs(model, layer, len(weights), params)
