"""Scale what a trained component has learned about what it knew."""

from typing import Any, NamedTuple, Sequence

from thinc.api import Model

from ..growth.base import Block


class Change(NamedTuple):
    """What training has changed.

    block (Block): The part of a layer's weights.
    before (FloatsXd): The weights in it before training.
    after (FloatsXd): Those after it.
    """

    block: Block
    before: Any
    after: Any


class Scaling:
    """Set how far the weights of a network go from those before training to those after
    it, and beyond.

    These are the weights w0 + scale * (w1 - w0) of Wortsman et al. 2022, "Robust
    fine-tuning of zero-shot models", section 3 (WiSE-FT).

    changes (Sequence[Change]): What training has changed.
    encoder (Model): The encoder of the network.

    ATTRIBUTES:
    changes_encoder (bool): Whether the encoder depends on the scale.
    """

    def __init__(self, changes: Sequence[Change], encoder: Model) -> None:
        self._changes = changes
        nodes = {node.id for node in encoder.walk()}
        self.changes_encoder = any(c.block.layer.id in nodes for c in changes)

    def set(self, scale: float) -> None:
        """Set the weights.

        scale (float): 0 for those before training, 1 for those after it.
        """
        for (layer, param, index), before, after in self._changes:
            weights = layer.get_param(param).copy()
            # so that 1 gives the weights themselves, not but for rounding
            weights[index] = (1 - scale) * before + scale * after
            layer.set_param(param, weights)


def get_block(block: Block) -> Any:
    """Get the weights in a part of a layer."""
    return block.layer.get_param(block.param)[block.index]
