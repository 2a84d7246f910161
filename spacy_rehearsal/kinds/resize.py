"""Give a trained model one more output."""

from typing import Any

from thinc.api import Model
from thinc.layers.resizable import resize_linear_weighted

from .base import Pipe


def add_output(model: Model, layer: Model) -> None:
    """Give a trained model one more output. It starts as the mean of the others, so
    that it is never the highest; what the others put out stays the same.

    model (Model): The model.
    layer (Model): The layer in it that the outputs come from, with weights `W` and a
        bias `b`. A larger one takes its place.
    """
    n_outputs = layer.get_dim("nO")
    around = [
        node
        for node in model.walk()
        if node is not layer
        and node.has_dim("nO")
        and node.get_dim("nO") == n_outputs
        and any(child is layer for child in node.walk())
    ]
    larger = resize_linear_weighted(layer, n_outputs + 1)
    for name in ("W", "b"):
        # a row per output; a SparseLinear has them one after the other
        rows: Any = layer.get_param(name).reshape((n_outputs, -1))
        rows = layer.ops.xp.vstack([rows, rows.mean(axis=0)])
        larger.set_param(name, rows.reshape(larger.get_param(name).shape))
    model.replace_node(layer, larger)
    for node in around:
        node.set_dim("nO", n_outputs + 1, force=True)


def add_label_output(pipe: Pipe, label: str) -> None:
    add_output(pipe.model, pipe.model.get_ref("output_layer"))
    pipe.add_label(label)
