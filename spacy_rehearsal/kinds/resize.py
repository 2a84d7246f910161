"""Give a trained model one more output."""

from typing import Any, Dict

from thinc.api import Model

from .base import Pipe


def add_output(model: Model, layer: Model) -> None:
    """Give a trained model one more output. It starts as the mean of the others, so
    that it is never the highest; what the others put out stays the same.

    model (Model): The model.
    layer (Model): The layer in it that the outputs come from, with weights `W` and a
        bias `b`. A larger one takes its place.
    """
    n_outputs = layer.get_dim("nO")
    params = {}
    for name in ("W", "b"):
        weights: Any = layer.get_param(name)
        # a row per output; a SparseLinear has them one after the other
        rows = weights.reshape((n_outputs, -1))
        rows = layer.ops.xp.vstack([rows, rows.mean(axis=0)])
        params[name] = rows if weights.ndim > 1 else rows.ravel()
    replace_outputs(model, layer, n_outputs + 1, params)


def add_ensemble_output(model: Model) -> None:
    """Give a model of `spacy.TextCatEnsemble.v2` one more output. Its last layer reads
    an output of a linear model for each category, and what its network makes of the
    text; the new one starts like the others in `add_output`. What the others put out
    stays nearly the same: where one category is true, the linear model's outputs are
    shares.

    model (Model): The model.
    """
    linear = model.get_ref("output_layer")
    n_outputs = linear.get_dim("nO")
    both = model.layers[0]
    [last] = [node for node in model.layers[-1].walk() if "W" in node.param_names]
    add_output(model, linear)
    both.set_dim("nO", both.get_dim("nO") + 1, force=True)
    weights: Any = last.get_param("W")
    weights = last.ops.xp.insert(weights, n_outputs, 0, axis=1)
    biases = last.get_param("b")
    wider = replace_outputs(model, last, n_outputs, {"W": weights, "b": biases})
    add_output(model, wider)


def replace_outputs(
    model: Model, layer: Model, n_outputs: int, params: Dict[str, Any]
) -> Model:
    """Replace the layer that the outputs of a model come from by one of another size.

    model (Model): The model.
    layer (Model): The layer.
    n_outputs (int): The number of outputs.
    params (Dict[str, Any]): The weights, `W`, and the biases, `b`. Not copied.
    RETURNS (Model): The layer that is in its place.
    """
    dims = {name: layer.maybe_get_dim(name) for name in layer.dim_names}
    dims["nO"] = n_outputs
    if params["W"].ndim > 1:
        dims["nI"] = params["W"].shape[1]
    replaced: Model = Model(
        layer.name,
        layer._func,
        init=layer.init,
        dims=dims,
        params=params,
        attrs=layer.attrs,
        ops=layer.ops,
    )
    around = [
        node
        for node in model.walk()
        if node is not layer
        and node.has_dim("nO")
        and node.get_dim("nO") == layer.get_dim("nO")
        and any(child is layer for child in node.walk())
    ]
    model.replace_node(layer, replaced)
    for node in around:
        node.set_dim("nO", n_outputs, force=True)
    return replaced


def add_label_output(pipe: Pipe, label: str) -> None:
    add_output(pipe.model, pipe.model.get_ref("output_layer"))
    pipe.add_label(label)
