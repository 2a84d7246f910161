from typing import Any

import numpy
import pytest
from spacy.util import registry
from thinc.api import Config, Optimizer


def make_optimizer(settings: str) -> Optimizer:
    block = f'[optimizer]\n@optimizers = "spacy-rehearsal.AdamSP.v1"\n{settings}'
    optimizer: Optimizer = registry.resolve(Config().from_str(block))["optimizer"]
    return optimizer


def update(optimizer: Optimizer, weights: Any, gradient: Any, **kwargs: Any) -> Any:
    gradient = numpy.asarray(gradient, dtype="f")
    return optimizer((1, "W"), weights, gradient, **kwargs)[0]


def test_weights_return_to_where_they_started() -> None:
    optimizer = make_optimizer("learn_rate = 0.5\nL2 = 0.5\nbeta1 = 0.0001")
    weights = numpy.asarray([[2.0, -3.0]], dtype="f")
    moved = update(optimizer, weights.copy(), [[1.0, 0.0]])
    assert moved[0, 0] == pytest.approx(1.5, abs=0.001)
    back = moved
    for _ in range(20):
        back = update(optimizer, back, [[0.0, 0.0]])
    assert abs(back[0, 0] - 2.0) < 0.01
    assert back[0, 1] == -3.0


def test_a_frozen_learn_rate_leaves_the_weights_alone() -> None:
    optimizer = make_optimizer("learn_rate = 0.5")
    weights = update(optimizer, numpy.ones((1, 2), dtype="f"), [[1.0, 1.0]])
    after = update(optimizer, weights.copy(), [[9.0, 9.0]], lr_scale=0.0)
    assert (after == weights).all()


def test_strength_and_learn_rate_follow_schedules() -> None:
    optimizer = make_optimizer(
        "[optimizer.learn_rate]\n"
        '@schedules = "spacy-rehearsal.linear_decay.v1"\n'
        "start = 0.5\nstop = 0.0\ndecay = 0.25\n"
        "[optimizer.L2]\n"
        '@schedules = "spacy-rehearsal.linear_decay.v1"\n'
        "start = 2.0\nstop = 0.0\ndecay = 1.0"
    )
    rates = []
    for _ in range(3):
        rates.append((optimizer.learn_rate, optimizer.L2_SP))  # type: ignore[attr-defined]
        optimizer.step_schedules()
    assert rates == [(0.5, 2.0), (0.25, 1.0), (0.0, 0.0)]
