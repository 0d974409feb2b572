"""Checks of plain SGD. Updating in place is allowed, as long as the array is returned."""

import numpy as np
import pytest

from grader.core.results import Feedback
from grader.judging import steps
from grader.judging.draw import Draw
from grader.judging.explain import number_text
from grader.judging.judge import Judge, fail

PLAIN = ("values",)


@pytest.mark.check("sgd_step.shape", points=1, kind="shape")
def test_shape(judge: Judge, draw: Draw) -> None:
    """The new parameter has the shape of the old one, whatever that is."""
    for shape in ((4, 3, 2, 2), (5, 3), (6,)):
        judge.shapes("sgd_step", draw.normal(*shape), draw.normal(*shape), lr=0.1)


@pytest.mark.check("sgd_step.values", points=2, kind="values")
def test_values(judge: Judge, draw: Draw) -> None:
    """The new parameter is param - lr * grad."""
    judge.values("sgd_step", draw.normal(5, 3), draw.normal(5, 3), lr=0.1)
    judge.values("sgd_step", draw.normal(4, 3, 2, 2), draw.normal(4, 3, 2, 2), lr=0.5)


@pytest.mark.check("sgd_step.several_steps", points=1, kind="values", option=PLAIN)
def test_several_steps(judge: Judge, draw: Draw) -> None:
    """Three steps on two parameters in turn: nothing is carried over, and gradients are not changed."""
    params = draw.normal(5, 3), draw.normal(6)
    gradients = [(draw.normal(5, 3), draw.normal(6)) for _ in range(3)]
    steps.take(judge, "sgd_step", params, gradients, gradients_kept=True, rates=(0.1, 0.1, 0.05))


@pytest.mark.check("sgd_step.float32", points=1, kind="values", option=PLAIN)
def test_float32(judge: Judge, draw: Draw) -> None:
    """float32 in gives floating-point values out."""
    param, grad = (draw.normal(5, 3).astype(np.float32) for _ in range(2))
    judge.values("sgd_step", param, grad, lr=0.1, tolerance=1e-4)


@pytest.mark.check("sgd_step.overfit", points=1, kind="accuracy")
def test_overfit(judge: Judge, draw: Draw) -> None:
    """Linear regression on 20 random samples reaches a loss near zero."""
    x, targets, w = draw.normal(20, 200), draw.normal(20, 4), np.zeros((200, 4))
    losses = []
    for _ in range(60):
        errors = x @ w - targets
        losses.append(float((errors**2).sum() / (2 * len(x))))
        received = judge.student.call("sgd_step", (w, x.T @ errors / len(x)), lr=0.1).values
        w = judge.match_shapes("sgd_step", "param (200,4), grad (200,4)", received, {"param": w})["param"]
    if losses[-1] < 0.1:
        return
    fact = f"The loss went from {number_text(losses[0])} to {number_text(losses[-1])} in 60 steps."
    fail(Feedback("sgd_step does not bring the loss on 20 samples down to zero.", (fact,)))
