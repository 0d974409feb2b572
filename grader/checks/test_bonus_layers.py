"""Checks of the bonus layers: sigmoid and dropout."""

import numpy as np
import pytest

from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback
from grader.judging import contracts, gradcheck
from grader.judging.draw import Draw
from grader.judging.explain import number_text, shape_text
from grader.judging.judge import Judge, as_blocked, blocked, fail
from grader.worker.failures import waits_for

SHAPE = (2, 3, 5, 4)


def dropped(judge: Judge, x: np.ndarray, p: float, seed: int) -> np.ndarray:
    """Return the output of the student's dropout in training."""
    received = judge.student.call("dropout_forward", (x,), p=p, train=True, seed=seed).values
    called = f"x {shape_text(x.shape)}, p {p}"
    return judge.match_shapes("dropout_forward", called, received, {"out": x})["out"]


@pytest.mark.check("sigmoid_forward.shape", points=0.5, kind="shape")
def test_sigmoid_forward_shape(judge: Judge, draw: Draw) -> None:
    """The output has the shape of the input, whatever that is."""
    judge.shapes("sigmoid_forward", draw.normal(*SHAPE))
    judge.shapes("sigmoid_forward", draw.normal(4, 6))


@pytest.mark.check("sigmoid_forward.values", points=0.5, kind="values")
def test_sigmoid_forward_values(judge: Judge, draw: Draw) -> None:
    """The output is 1 / (1 + exp(-x)), even for inputs in the thousands."""
    judge.values("sigmoid_forward", draw.normal(*SHAPE))
    judge.values("sigmoid_forward", draw.spaced(4, 6) * 1000)


@pytest.mark.check("sigmoid_backward.dx", points=1, kind="gradients")
def test_sigmoid_backward_dx(judge: Judge, draw: Draw) -> None:
    """The gradient is the upstream gradient times s (1 - s)."""
    judge.gradients("sigmoid_backward", draw.normal(*SHAPE), dout=draw.normal(*SHAPE))
    # nearly all gradients are zero there, so errors are measured against 1
    judge.gradients("sigmoid_backward", draw.spaced(4, 6) * 1000, dout=draw.normal(4, 6), scale=1.0)


@pytest.mark.check("sigmoid_backward.numerical", points=0.5, kind="gradients")
def test_sigmoid_backward_numerical(judge: Judge, draw: Draw) -> None:
    """The gradient agrees with difference quotients."""
    gradcheck.gradients(
        judge,
        "sigmoid_backward",
        draw.normal(4, 6),
        dout=draw.normal(4, 6),
        directions={"dx": draw.normal(4, 6)},
    )


@pytest.mark.check("sigmoid_backward.contract", points=0.5, kind="contract")
def test_sigmoid_backward_contract(judge: Judge, draw: Draw) -> None:
    """Calls do not depend on one another, and change neither dout nor the cached array."""
    first, second = draw.normal(*SHAPE), draw.normal(4, 6)
    contracts.unchanged_by_backward(judge, "sigmoid_backward", first, dout=draw.normal(*SHAPE))
    contracts.interleaved(
        judge, "sigmoid_backward", (first,), (second,), (draw.normal(*SHAPE), draw.normal(4, 6))
    )


@pytest.mark.check("dropout_forward.mask", points=1, kind="values")
def test_dropout_forward_mask(judge: Judge, draw: Draw) -> None:
    """Each value is dropped independently with probability p, and the others are divided by 1 - p."""
    for p, seed in ((0.3, 1), (0.75, 2)):
        x = draw.spaced(40, 50)
        factor = dropped(judge, x, p, seed) / x
        kept = factor != 0
        if not np.isclose(factor[kept], 1 / (1 - p), rtol=1e-5).all():
            facts = (
                f"With p = {p}, the values that are kept must be multiplied by {number_text(1 / (1 - p))}; "
                f"got {number_text(float(np.median(factor[kept])))} times x.",
                f"{1 - kept.mean():.0%} of the values were dropped.",
            )
            fail(Feedback("dropout_forward does not divide the values that it keeps by 1 - p.", facts))
        # over 2,000 values five standard deviations are at most 0.056; whole rows vary far more
        shares = np.concatenate([[kept.mean()], kept.mean(axis=0), kept.mean(axis=1)])
        allowed = 5 * np.sqrt(p * (1 - p) / np.repeat([2000, 40, 50], [1, 50, 40]))
        if (np.abs(shares - (1 - p)) > allowed).any():
            fact = f"With p = {p}, {kept.mean():.0%} of the values were kept, {1 - p:.0%} expected."
            headline = "dropout_forward does not drop each value independently with probability p."
            fail(Feedback(headline, (fact,)))
    dropped(judge, draw.spaced(2, 3, 4, 5), 0.5, 3)
    x = draw.spaced(20, 30)
    received = judge.student.call("dropout_forward", (x,)).values
    out = judge.match_shapes("dropout_forward", "x (20,30)", received, {"out": x})["out"]
    if not 0.3 < (out == 0).mean() < 0.7:
        fact = f"Without options, {(out == 0).mean():.0%} of the values were dropped, about half expected."
        fail(Feedback("The defaults of dropout_forward are not p=0.5 and train=True.", (fact,)))


@pytest.mark.check("dropout_forward.seed", points=0.5, kind="contract")
def test_dropout_forward_seed(judge: Judge, draw: Draw) -> None:
    """The same seed drops the same values, another seed drops others, and x is not changed."""
    contracts.unchanged(judge, "dropout_forward", draw.spaced(20, 30), p=0.5, train=True, seed=0)
    x = draw.spaced(20, 30)
    first, again, other = (dropped(judge, x, 0.5, seed) for seed in (6, 6, 7))
    if not np.array_equal(first, again):
        fail(Feedback("dropout_forward drops different values when it is called again with the same seed."))
    if np.array_equal(first, other):
        fail(Feedback("dropout_forward drops the same values for every seed."))


@pytest.mark.check("dropout_forward.evaluation", points=0.5, kind="values")
def test_dropout_forward_evaluation(judge: Judge, draw: Draw) -> None:
    """With train=False, and with p = 0, everything passes unchanged."""
    judge.values("dropout_forward", draw.normal(6, 5), p=0.5, train=False, seed=3)
    judge.values("dropout_forward", draw.normal(6, 5), p=0.0, train=True, seed=3)
    judge.values("dropout_forward", draw.normal(2, 3, 4, 5), p=0.5, train=False, seed=None)


@pytest.mark.check("dropout_backward.dx", points=1, kind="gradients")
def test_dropout_backward_dx(judge: Judge, draw: Draw) -> None:
    """The gradient passes where the values passed, with the same factor."""
    x, dout = draw.spaced(20, 30), draw.normal(20, 30)
    try:
        forward = judge.student.call("dropout_forward", (x,), kept=["cache"], p=0.4, train=True, seed=4)
    except CheckStoppedError as stopped:
        raise as_blocked("dropout_backward", stopped) from None
    # another call in between: each cache holds its own mask
    judge.student.call("dropout_forward", (x,), kept=["cache"], p=0.4, train=True, seed=5)
    out = forward.values["out"]
    if not isinstance(out, np.ndarray) or out.shape != x.shape:
        reason = Feedback("Not run: dropout_forward does not return an array of the shape of x.")
        raise blocked("dropout_backward", reason)
    if np.array_equal(out, x):
        reason = Feedback("Not run: dropout_forward drops nothing.", (waits_for("dropout_forward"),))
        raise blocked("dropout_backward", reason)
    received = judge.student.call("dropout_backward", (dout, forward.handles["cache"])).values
    # the gradient takes the factor that the forward pass applied, right or wrong
    judge.match("dropout_backward", "dout (20,30)", received, {"dx": dout * (out / x)})
    x, dout = draw.normal(6, 5), draw.normal(6, 5)
    judge.gradients("dropout_backward", x, dout=dout, p=0.5, train=False, seed=5)
