"""Everything that the next steps of a training depend on, taken out and put back."""

import random
import sys
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

import numpy
from spacy.language import Language
from thinc.api import Model, Optimizer

from ..growth.component import clear_trees

Key = Tuple[int, str]
State = Dict[str, Any]
OF_SCORERS = ("start", "base_start")
# by parameter
MOMENTS = ("mom1", "mom2", "averages", "start", "nr_update", "last_seen")


def find_trained(nlp: Language) -> Dict[str, Any]:
    """Find the components that a training changes.

    nlp (Language): The pipeline in training.
    RETURNS (Dict[str, Pipe]): The components by name.
    """
    frozen = nlp.config["training"]["frozen_components"]
    return {
        name: pipe
        for name, pipe in nlp.pipeline
        if name not in frozen
        and getattr(pipe, "is_trainable", False)
        and isinstance(getattr(pipe, "model", None), Model)
    }


def get_components(nlp: Language) -> Dict[str, State]:
    """Get the components in training: their weights and labels.

    nlp (Language): The pipeline in training.
    RETURNS (Dict[str, Dict[str, Any]]): By name, "bytes" and "sets": attributes of
        nodes that Thinc does not serialize, such as the classes that are not seen yet.
    """
    return {
        name: {
            "bytes": pipe.to_bytes(exclude=["vocab"]),
            "sets": [[i, key, sorted(v)] for i, key, v in find_sets(pipe.model)],
        }
        for name, pipe in find_trained(nlp).items()
    }


def set_components(nlp: Language, components: Dict[str, State]) -> None:
    """Put back what `get_components` got."""
    for name, pipe in find_trained(nlp).items():
        state = components[name]
        clear_trees(pipe)
        pipe.from_bytes(state["bytes"], exclude=["vocab"])
        old = {(i, key): values for i, key, values in state["sets"]}
        for i, key, values in find_sets(pipe.model):
            values.clear()
            values.update(old[i, key])


def find_sets(model: Model) -> Iterator[Tuple[int, str, Set[Any]]]:
    """Find the attributes of a network that are sets.

    model (Model): The network.
    YIELDS (Tuple[int, str, Set[Any]]): The number of the node, name and value.
    """
    for i, node in enumerate(model.walk()):
        for key, value in node.attrs.items():
            if isinstance(value, set):
                yield i, key, value


def get_optimizer(nlp: Language, optimizer: Optimizer) -> State:
    """Get what an optimizer knows of each parameter: moments, averages, starting points
    and how often it was updated. Its schedules are none of it.

    nlp (Language): The pipeline in training.
    optimizer (Optimizer): The optimizer.
    RETURNS (Dict[str, Any]): By attribute and the place of the parameter in the
        pipeline: its ID is another one in another process.
    """
    places = {key: place for place, key in find_parameters(nlp)}
    state: State = {}
    for name in MOMENTS:
        values = getattr(optimizer, name, None) or {}
        state[name] = {
            places[key]: to_numpy(value)
            for key, value in values.items()
            if key in places
        }
    state["radam"] = [list(item) for item in optimizer._radam_buffer]
    return state


def set_optimizer(nlp: Language, optimizer: Optimizer, state: State) -> None:
    """Put back what `get_optimizer` got."""
    ops = next(iter(find_trained(nlp).values())).model.ops
    keys = dict(find_parameters(nlp))
    for name in MOMENTS:
        for place, value in state[name].items():
            is_array = isinstance(value, numpy.ndarray)
            values = getattr(optimizer, name)
            values[keys[place]] = ops.asarray(value.copy()) if is_array else value
    optimizer._radam_buffer = [list(item) for item in state["radam"]]


def find_parameters(nlp: Language) -> Iterator[Tuple[str, Key]]:
    """Find the parameters of the components in training.

    nlp (Language): The pipeline in training.
    YIELDS (Tuple[str, Tuple[int, str]]): The place of each in the pipeline, and the key
        that an optimizer knows it by.
    """
    for component, pipe in find_trained(nlp).items():
        for i, node in enumerate(pipe.model.walk()):
            for name in node.param_names:
                yield f"{component} {i} {name}", (node.id, name)
            for j, shim in enumerate(node.shims):  # of PyTorch
                parameters: Any = getattr(shim._model, "named_parameters", dict)()
                for name, _ in parameters:
                    yield f"{component} {i} shim {j} {name}", (shim.id, name)


def to_numpy(value: Any) -> Any:
    """Get an array of the CPU, or what is none as it is."""
    return value.get() if hasattr(value, "get") else value


def get_random_state() -> State:
    """Get the state of the random number generators that spaCy seeds, on the CPU."""
    version, numbers, gauss = random.getstate()
    name, keys, *rest = numpy.random.get_state()
    state: State = {
        "python": [version, numpy.asarray(numbers, dtype="uint32"), gauss],
        "numpy": [name, keys, *rest],
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        state["torch"] = torch.get_rng_state().numpy()
    return state


def set_random_state(state: State) -> None:
    """Put back what `get_random_state` got."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(map(int, numbers)), gauss))
    numpy.random.set_state(tuple(state["numpy"]))
    torch: Optional[Any] = sys.modules.get("torch")
    if torch is not None and "torch" in state:
        torch.set_rng_state(torch.tensor(state["torch"]))


def is_same(state: State, other: State) -> bool:
    """Tell whether two random states are the same."""
    pairs: List[Tuple[Any, Any]] = [
        pair for name in state for pair in zip(state[name], other[name])
    ]
    return all(numpy.array_equal(a, b) for a, b in pairs)


def get_scorers(nlp: Language) -> State:
    """Get what scorers remember of the first evaluation."""
    scorers: Dict[str, Any] = {
        name: getattr(pipe, "scorer", None) for name, pipe in nlp.pipeline
    }
    return {
        name: {key: getattr(scorer, key) for key in OF_SCORERS}
        for name, scorer in scorers.items()
        if hasattr(scorer, OF_SCORERS[0])
    }


def set_scorers(nlp: Language, state: State) -> None:
    """Put back what `get_scorers` got."""
    for name, values in state.items():
        pipe: Any = nlp.get_pipe(name)
        for key, value in values.items():
            setattr(pipe.scorer, key, value)
