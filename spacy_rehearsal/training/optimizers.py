"""Adam with weight decay towards the base model."""

from typing import Any, Dict, Iterator, Tuple

from thinc.api import Optimizer
from thinc.optimizers import ADAM_DEFAULTS, FloatOrSeq
from thinc.types import FloatsXd

from ..errors import config_error

Key = Tuple[int, str]


def create_adam_sp(
    learn_rate: FloatOrSeq,
    *,
    L2: FloatOrSeq = 1.0,
    beta1: FloatOrSeq = ADAM_DEFAULTS["beta1"],
    beta2: FloatOrSeq = ADAM_DEFAULTS["beta2"],
    eps: FloatOrSeq = ADAM_DEFAULTS["eps"],
    grad_clip: FloatOrSeq = ADAM_DEFAULTS["grad_clip"],
    use_averages: bool = True,
) -> "OptimizerSP":
    """Create an Adam optimizer whose weight decay draws the weights not to zero but to
    where they started: the base model.

    This is L2-SP (Li et al. 2018, "Explicit inductive bias for transfer learning with
    convolutional networks", section 3.1), decoupled from the gradient as in AdamW.
    All else is as in Thinc's `Adam.v1`.

    learn_rate (Union[float, List[float], Generator]): The learn rate.
    L2 (Union[float, List[float], Generator]): The share of the way back to the start
        that a weight is drawn at each step, per learn rate.
    beta1 (Union[float, List[float], Generator]): Decay of the mean of the gradients.
    beta2 (Union[float, List[float], Generator]): Decay of the mean of their squares.
    eps (Union[float, List[float], Generator]): Keeps from dividing by zero.
    grad_clip (Union[float, List[float], Generator]): The largest norm of a gradient.
    use_averages (bool): Whether to keep moving averages of the weights, which
        evaluation and the saved pipeline use.
    RETURNS (OptimizerSP): The optimizer.
    RAISES (ConfigValidationError): If one is no number, list of numbers or schedule.
    """
    values = {"L2": L2, "beta1": beta1, "beta2": beta2, "eps": eps}
    schedules = {"learn_rate": learn_rate, **values, "grad_clip": grad_clip}
    for name, value in schedules.items():
        if not is_schedule(value):
            raise config_error(
                ["optimizer", name],
                f"must be a number, a list of numbers or a schedule, found {value!r}",
            )
    return OptimizerSP(
        learn_rate, **values, grad_clip=grad_clip, use_averages=use_averages
    )


def is_schedule(value: Any) -> bool:
    """Tell whether something gives numbers. A schedule tells when it is called."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, (int, float)) for item in value)
    return isinstance(value, (int, float, Iterator)) or callable(value)


class OptimizerSP(Optimizer):
    """An optimizer with weight decay to the starting point (SP): the values that a
    weight has when it is updated for the first time."""

    __slots__ = ["L2_SP", "start"]

    L2_SP: float
    start: Dict[Key, FloatsXd]

    def __init__(
        self, learn_rate: FloatOrSeq, *, L2: FloatOrSeq, **settings: Any
    ) -> None:
        super().__init__(learn_rate, L2=0.0, **settings)
        self._set_attr_or_schedule("L2_SP", L2)
        self.start = {}

    def __call__(
        self,
        key: Key,
        weights: FloatsXd,
        gradient: FloatsXd,
        *,
        lr_scale: float = 1.0,
    ) -> Tuple[FloatsXd, FloatsXd]:
        if key not in self.start:
            self.start[key] = weights.copy()
            if self.averages is not None:  # they would start at zero
                self.averages[key] = weights.copy()
        rate = min(1.0, lr_scale * self.learn_rate * self.L2_SP)
        weights -= rate * (weights - self.start[key])
        return super().__call__(key, weights, gradient, lr_scale=lr_scale)
