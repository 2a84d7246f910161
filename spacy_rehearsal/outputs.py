from thinc.api import Model
from thinc.layers.resizable import resize_linear_weighted


def add_output(model: Model, layer: Model) -> None:
    """Give a trained model one more output. Its weights are 0 and its bias is the mean
    of the others', so that it starts neutral; what the others put out stays the same.

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
    bias = float(layer.get_param("b").mean())  # type: ignore[union-attr]
    larger = resize_linear_weighted(
        layer, n_outputs + 1, fill_defaults={"W": 0, "b": bias}
    )
    model.replace_node(layer, larger)
    for node in around:
        node.set_dim("nO", n_outputs + 1, force=True)
