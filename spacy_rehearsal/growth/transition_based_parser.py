"""How the networks of `ner` and `parser` grow."""

from typing import Any, Dict, Iterator, Optional, Sequence

from spacy.ml._precomputable_affine import PrecomputableAffine
from spacy.ml.tb_framework import TransitionModel
from thinc.api import Linear, Model, chain, use_ops

from .base import Block, Growth
from .encoder import (
    copy_encoder,
    copy_parts,
    get_part_configs,
    get_parts,
    grow_encoder,
    has_one_part_more,
    shrink_encoder,
)

ALL = slice(None)
# as many as the networks of spaCy's own pipelines have
NEW_UNITS = 64


class TransitionBasedParserGrowth(Growth):
    """Growth of `spacy.TransitionBasedParser.v2`: an encoder, a layer that makes a
    vector of `hidden_width` of each token, a layer that makes one of each state, and,
    with `use_upper`, one that scores the actions."""

    def grow_config(
        self, model: Dict[str, Any], upstreams: Sequence[Dict[str, Any]]
    ) -> Dict[str, Any]:
        encoder = grow_encoder(model["tok2vec"], upstreams)
        width = model["hidden_width"]
        return {**model, "tok2vec": encoder, "hidden_width": width + NEW_UNITS}

    def has_grown(self, base: Dict[str, Any], model: Dict[str, Any]) -> bool:
        changed = {name: base[name] for name in ("tok2vec", "hidden_width")}
        if {**model, **changed} != base:
            return False
        has_more_units = model["hidden_width"] > base["hidden_width"]
        return has_more_units and has_one_part_more(base["tok2vec"], model["tok2vec"])

    def shrink_config(
        self, block: Dict[str, Any], model: Model
    ) -> Optional[Dict[str, Any]]:
        encoder = shrink_encoder(block["tok2vec"])
        if encoder is None:
            return None
        parts = get_parts(self.get_encoder(model))[: len(get_part_configs(encoder))]
        n_inputs = sum(part.get_dim("nO") for part in parts)
        # new parts are nothing to the first units, however many there are
        weights = get_weights(get_token_layer(model))["W"]
        n_units = int(weights[:, n_inputs:].any(axis=1).argmax())
        if not n_units:
            return None
        return {**block, "tok2vec": encoder, "hidden_width": n_units}

    def get_encoder(self, model: Model) -> Model:
        encoder: Model = model.get_ref("tok2vec").layers[0]
        return encoder

    def replace_encoder(self, model: Model, encoder: Model) -> Model:
        has_upper = model.attrs["has_upper"]
        changed: Model = TransitionModel(
            chain(encoder, *model.get_ref("tok2vec").layers[1:]),
            model.get_ref("lower"),
            model.get_ref("upper") if has_upper else None,
            model.attrs["resize_output"],
        )
        # one set for both: a label that is seen in the one is seen in the other
        changed.attrs["unseen_classes"] = model.attrs["unseen_classes"]
        return changed

    def copy(self, base: Model, model: Model, upstreams: Sequence[Model]) -> None:
        columns = copy_encoder(
            self.get_encoder(base), self.get_encoder(model), upstreams
        )
        old, new = (get_token_layer(m) for m in (base, model))
        n_old, n_inputs = old.get_dim("nO"), old.get_dim("nI")
        n_copied = min(new.get_dim("nO") - n_old, n_old) if columns else 0
        olds, copied = slice(n_old), slice(n_old, n_old + n_copied)
        copies = slice(n_copied)
        source, target = get_weights(old), get_weights(new)
        target["W"][olds] = 0
        target["W"][olds, :n_inputs], target["b"][olds] = source["W"], source["b"]
        if columns:
            target["W"][copied, : columns.target.stop] = 0
            target["W"][copied, columns.target] = source["W"][copies, columns.source]
        target["b"][copied] = source["b"][copies]

        lower, larger = base.get_ref("lower"), model.get_ref("lower")
        if model.attrs["has_upper"]:
            source, target = get_weights(lower), get_weights(larger)
            for units, n in ((olds, n_old), (copied, n_copied)):
                target["W"][:, units] = 0
                target["W"][:, units, :, units] = source["W"][:, :n, :, :n]
                target["b"][units] = source["b"][:n]
                target["pad"][:, :, units] = source["pad"][:, :, :n]
        copy_outputs(base, model)

    def copy_base(self, model: Model, base: Model) -> None:
        copy_parts(self.get_encoder(model), self.get_encoder(base))
        pairs = [(get_token_layer(model), get_token_layer(base))]
        if model.attrs["has_upper"]:
            pairs.append((model.get_ref("lower"), base.get_ref("lower")))
        for layer, smaller in pairs:
            source = get_weights(layer)
            for name, weights in get_weights(smaller).items():
                weights[...] = source[name][tuple(map(slice, weights.shape))]
        copy_outputs(model, base)

    def fit_outputs(self, pipe: Any) -> None:
        # without an upper layer spaCy makes a new one each time, which has no gradient
        if self.get_output_layer(pipe.model).get_dim("nO") != pipe.moves.n_moves:
            pipe.set_output(pipe.moves.n_moves)

    def find_frozen(self, base: Model, model: Model) -> Iterator[Block]:
        units = slice(get_token_layer(base).get_dim("nO"))
        for name in ("W", "b"):
            yield Block(get_token_layer(model), name, units)
        lower = model.get_ref("lower")
        has_upper = model.attrs["has_upper"]
        upper = self.get_output_layer(model)
        outputs = slice(self.get_output_layer(base).get_dim("nO"))
        if has_upper:
            yield Block(lower, "W", (ALL, units))
            yield Block(lower, "b", units)
            yield Block(lower, "pad", (ALL, ALL, units))
            yield Block(upper, "W", (outputs, units))
        else:
            yield Block(lower, "W", (ALL, outputs, ALL, units))
            yield Block(lower, "pad", (ALL, ALL, outputs))
        yield Block(upper, "b", outputs)

    def find_corrections(self, base: Model, model: Model) -> Iterator[Block]:
        units = slice(get_token_layer(base).get_dim("nO"), None)
        outputs = slice(self.get_output_layer(base).get_dim("nO"))
        has_upper = model.attrs["has_upper"]
        index = (outputs, units) if has_upper else (ALL, outputs, ALL, units)
        yield Block(self.get_output_layer(model), "W", index)

    def get_output_layer(self, model: Model) -> Model:
        return get_output_layer(model)


def get_output_layer(model: Model) -> Model:
    """Get the layer that scores the actions."""
    layer: Model = model.get_ref("upper" if model.attrs["has_upper"] else "lower")
    return layer


def get_token_layer(model: Model) -> Model:
    """Get the layer that makes a vector of `hidden_width` of each token."""
    layer: Model = model.get_ref("tok2vec").layers[-1]
    return layer


def get_weights(layer: Model) -> Dict[str, Any]:
    """Get the arrays that hold the weights of a layer, by name."""
    return {name: layer.get_param(name) for name in layer.param_names}


def copy_outputs(model: Model, other: Model) -> None:
    """Copy the layer that scores the actions, and which of them are unseen, into a
    network of more units, where the others add nothing, or of fewer. It gets as many
    outputs.

    model (Model): The network.
    other (Model): The one of more units, or of fewer. Another layer takes the place of
        its own.
    """
    layer, replaced = (get_output_layer(m) for m in (model, other))
    n_inputs = replaced.get_dim("nI")
    if layer.name == "linear":
        with use_ops("cpu"):  # where spaCy has it
            copied: Model = Linear(layer.get_dim("nO"), n_inputs)
    else:
        dims = {name: layer.get_dim(name) for name in ("nO", "nF", "nP")}
        copied = PrecomputableAffine(nI=n_inputs, **dims)
    for name, weights in get_weights(layer).items():
        width = n_inputs if name == "W" else weights.shape[-1]
        both = slice(min(width, weights.shape[-1]))
        resized = copied.ops.alloc((*weights.shape[:-1], width))
        resized[..., both] = weights[..., both]
        copied.set_param(name, resized)
    other.replace_node(replaced, copied)
    other.attrs["unseen_classes"] = set(model.attrs["unseen_classes"])
