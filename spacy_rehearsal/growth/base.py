"""What growing has to know of a network: `Growth`, and its frozen blocks."""

from abc import ABC, abstractmethod
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence

from spacy.tokens import Doc
from thinc.api import Model

# of what a base network's units say, as much is taken over by their copies, which learn
COPY_SHARE = 0.5
# the features of each token that a frozen encoder gives, a doc at a time
Features = Callable[[Sequence[Doc]], List[Any]]


class Block(NamedTuple):
    """A part of a layer's weights.

    layer (Model): The layer.
    param (str): The name of its weights.
    index (Tuple[slice, ...]): The part, as an index of the array.
    """

    layer: Model
    param: str
    index: Any


class Growth(ABC):
    """How a network of one architecture grows: new units beside the frozen ones of a
    base network. Frozen units read frozen units only, so that they put out what they
    did; new units read everything; and all outputs start as they were. These are the
    columns of progressive networks (Rusu et al. 2016, "Progressive neural networks",
    section 2) in one network, whose old outputs can be corrected.

    A subclass is registered under the name of the architecture, by an entry point of
    the group `spacy_rehearsal_growth` or as `architectures.register("name", func=...)`.

    ATTRIBUTES:
    needs_width (bool): Whether the size of the encoder's vectors has to be known before
        the network is initialized.
    """

    needs_width = False

    @abstractmethod
    def grow_config(
        self, model: Dict[str, Any], upstreams: Sequence[Dict[str, Any]]
    ) -> Dict[str, Any]:
        """Get the config of the network that a network grows to. The part that its
        encoder gains is built like the first one that it has.

        model (Dict[str, Any]): The block of the network.
        upstreams (Sequence[Dict[str, Any]]): The blocks of the encoders that it listens
            to.
        RETURNS (Dict[str, Any]): The block of the larger network.
        """

    @abstractmethod
    def has_grown(self, base: Dict[str, Any], model: Dict[str, Any]) -> bool:
        """Tell whether a network is what another grows to, with any encoder.

        base (Dict[str, Any]): The block of the smaller network.
        model (Dict[str, Any]): The block of the larger one.
        RETURNS (bool): Whether it is.
        """

    @abstractmethod
    def shrink_config(
        self, block: Dict[str, Any], model: Model
    ) -> Optional[Dict[str, Any]]:
        """Get the config of the network that another was before it grew, however often
        that was.

        block (Dict[str, Any]): The block of the network.
        model (Model): The network.
        RETURNS (Optional[Dict[str, Any]]): The block of the smaller one. None if the
            network has not grown, or its first units read new ones by now.
        """

    @abstractmethod
    def get_encoder(self, model: Model) -> Model:
        """Get the part of a network that reads docs, and puts out a vector a token."""

    @abstractmethod
    def replace_encoder(self, model: Model, encoder: Model) -> Model:
        """Make a network of the same layers, but for the encoder."""

    @abstractmethod
    def copy(self, base: Model, model: Model, upstreams: Sequence[Model]) -> None:
        """Copy a network into one that it grows to.

        base (Model): The network.
        model (Model): The larger one, initialized. It gets as many outputs as the
            other.
        upstreams (Sequence[Model]): The encoders that it listens to.
        """

    @abstractmethod
    def copy_base(self, model: Model, base: Model) -> None:
        """Copy the part of a network that it has grown from: its first units, and what
        they add to all of its outputs.

        model (Model): The network.
        base (Model): One of the size that it had, initialized. It gets as many outputs
            as the other.
        """

    @abstractmethod
    def fit_outputs(self, pipe: Any) -> None:
        """Give the network of a component as many outputs as its labels need.

        pipe (Pipe): The component.
        """

    @abstractmethod
    def find_frozen(self, base: Model, model: Model) -> Iterator[Block]:
        """Find the blocks of a larger network, beside its encoder, that do not change.

        base (Model): The network that it has grown from.
        model (Model): The larger one.
        YIELDS (Block): The blocks.
        """

    @abstractmethod
    def find_corrections(self, base: Model, model: Model) -> Iterator[Block]:
        """Find the blocks of a larger network that hold what new units add to old
        outputs.

        base (Model): The network that it has grown from.
        model (Model): The larger one.
        YIELDS (Block): The blocks.
        """

    @abstractmethod
    def get_output_layer(self, model: Model) -> Model:
        """Get the layer of a network whose biases, `b`, are added to its outputs, a row
        an output."""
