"""Checks of the bonus optimisers and of the L2 penalty."""

import numpy as np
import pytest

from grader.judging import contracts, steps
from grader.judging.draw import Draw
from grader.judging.judge import Arrays, Judge

FIRST = ("first_step",)
ALONE = ("first_step", "several_steps")
"""a parameter of its own with usual gradients, at the first step and at later ones"""


def gradient(draw: Draw, *shape: int) -> np.ndarray:
    """Return a random gradient with no value near zero, where an epsilon would show: it has its own check."""
    drawn = draw.normal(*shape)
    shifted: np.ndarray = drawn + np.copysign(0.5, drawn)
    return shifted


def run(draw: Draw, steps: int) -> tuple[tuple[np.ndarray], list[tuple[np.ndarray]]]:
    """Return a parameter and its gradients for a number of steps."""
    return (draw.normal(5, 3),), [(gradient(draw, 5, 3),) for _ in range(steps)]


def in_turn(draw: Draw, steps: int) -> tuple[Arrays, list[Arrays]]:
    """Return several parameters, two of them of one shape, and their gradients for a number of steps."""
    shapes = ((5, 3), (6,), (5, 3))
    return tuple(draw.normal(*shape) for shape in shapes), [
        tuple(gradient(draw, *shape) for shape in shapes) for _ in range(steps)
    ]


@pytest.mark.check("sgd_momentum_step.first_step", points=1, kind="values")
def test_momentum_first_step(judge: Judge, draw: Draw) -> None:
    """Without a state, the first step is one of plain SGD."""
    steps.take(judge, "sgd_momentum_step", *run(draw, 1), lr=0.1, momentum=0.9)


@pytest.mark.check("sgd_momentum_step.several_steps", points=1.5, kind="values", option=FIRST)
def test_momentum_several_steps(judge: Judge, draw: Draw) -> None:
    """The velocity accumulates: v = momentum v + grad; the learning rate may change between steps."""
    steps.take(judge, "sgd_momentum_step", *run(draw, 5), lr=0.1, momentum=0.9)
    steps.take(judge, "sgd_momentum_step", *run(draw, 5), lr=0.01)
    steps.take(judge, "sgd_momentum_step", *run(draw, 4), rates=(0.1, 0.1, 0.01, 0.2), momentum=0.5)


@pytest.mark.check("sgd_momentum_step.own_state", points=0.5, kind="contract", option=ALONE)
def test_momentum_own_state(judge: Judge, draw: Draw) -> None:
    """Parameters take turns, each with its own velocity; gradients are not changed."""
    params, gradients = in_turn(draw, 4)
    steps.take(judge, "sgd_momentum_step", params, gradients, gradients_kept=True, lr=0.1, momentum=0.9)


@pytest.mark.check("adam_step.first_step", points=1, kind="values")
def test_adam_first_step(judge: Judge, draw: Draw) -> None:
    """Both moments are corrected for their start at zero, so that the first step has the size of lr."""
    steps.take(judge, "adam_step", *run(draw, 1), lr=0.1)


@pytest.mark.check("adam_step.several_steps", points=1.5, kind="values", option=FIRST)
def test_adam_several_steps(judge: Judge, draw: Draw) -> None:
    """The step count grows with every step, with the defaults and with other decay rates."""
    steps.take(judge, "adam_step", *run(draw, 20), lr=0.1)
    steps.take(judge, "adam_step", *run(draw, 5), lr=0.1, beta1=0.8, beta2=0.9)
    # a small parameter, beside which an error of a thousandth shows
    param, gradients = run(draw, 3)
    steps.take(judge, "adam_step", (0.01 * param[0],), gradients)


@pytest.mark.check("adam_step.tiny_gradients", points=1, kind="values", option=ALONE)
def test_adam_tiny_gradients(judge: Judge, draw: Draw) -> None:
    """Epsilon is added outside the square root, which shows where gradients are as small as eps."""
    gradients = [(1e-7 * draw.normal(5, 3),) for _ in range(3)]
    steps.take(judge, "adam_step", (1e-2 * draw.normal(5, 3),), gradients, lr=0.1, eps=1e-7)


@pytest.mark.check("adam_step.own_state", points=0.5, kind="contract", option=ALONE)
def test_adam_own_state(judge: Judge, draw: Draw) -> None:
    """Parameters take turns, each with its own moments and step count; gradients are not changed."""
    params, gradients = in_turn(draw, 4)
    steps.take(judge, "adam_step", params, gradients, gradients_kept=True, lr=0.1)


@pytest.mark.check("l2_penalty.penalty", points=0.5, kind="values")
def test_l2_penalty(judge: Judge, draw: Draw) -> None:
    """The penalty is half of reg times the sum of squares."""
    judge.values("l2_penalty", draw.normal(4, 3, 2, 2), reg=0.1, only=["penalty"])
    judge.values("l2_penalty", draw.normal(5), reg=2.0, only=["penalty"])


@pytest.mark.check("l2_penalty.dw", points=1, kind="gradients")
def test_l2_gradient(judge: Judge, draw: Draw) -> None:
    """The gradient is reg times w."""
    judge.values("l2_penalty", draw.normal(4, 3, 2, 2), reg=0.1, only=["dw"])
    judge.values("l2_penalty", draw.normal(5).astype(np.float32), reg=2.0, only=["dw"])


@pytest.mark.check("l2_penalty.contract", points=0.5, kind="contract")
def test_l2_contract(judge: Judge, draw: Draw) -> None:
    """The argument is not changed, and the same call gives the same result."""
    contracts.unchanged(judge, "l2_penalty", draw.normal(5, 3), reg=0.1)
