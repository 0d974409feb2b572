"""Checks of ReLU. No input is zero, because any subgradient is right there."""

import pytest

from grader.judging import contracts, gradcheck
from grader.judging.draw import Draw
from grader.judging.judge import Judge

SHAPE = (2, 3, 5, 4)


@pytest.mark.check("relu_forward.shape", points=0.5, kind="shape")
def test_forward_shape(judge: Judge, draw: Draw) -> None:
    """The output has the shape of the input, whatever that is."""
    judge.shapes("relu_forward", draw.spaced(*SHAPE))
    judge.shapes("relu_forward", draw.spaced(4, 6))


@pytest.mark.check("relu_forward.values", points=1, kind="values")
def test_forward_values(judge: Judge, draw: Draw) -> None:
    """The output is max(x, 0)."""
    judge.values("relu_forward", draw.spaced(*SHAPE))
    judge.values("relu_forward", draw.spaced(4, 6))


@pytest.mark.check("relu_forward.contract", points=0.5, kind="contract")
def test_forward_contract(judge: Judge, draw: Draw) -> None:
    """The argument is not changed, and the same call gives the same result."""
    contracts.unchanged(judge, "relu_forward", draw.spaced(*SHAPE))


@pytest.mark.check("relu_backward.shape", points=0.5, kind="shape")
def test_backward_shape(judge: Judge, draw: Draw) -> None:
    """The gradient has the shape of the input."""
    judge.gradient_shapes("relu_backward", draw.spaced(*SHAPE), dout=draw.normal(*SHAPE))


@pytest.mark.check("relu_backward.dx", points=1.5, kind="gradients")
def test_backward_dx(judge: Judge, draw: Draw) -> None:
    """The upstream gradient passes where the input was positive."""
    judge.gradients("relu_backward", draw.spaced(*SHAPE), dout=draw.normal(*SHAPE))


@pytest.mark.check("relu_backward.numerical", points=0.5, kind="gradients")
def test_backward_numerical(judge: Judge, draw: Draw) -> None:
    """The gradient agrees with difference quotients."""
    gradcheck.gradients(
        judge,
        "relu_backward",
        draw.spaced(4, 6),
        dout=draw.normal(4, 6),
        directions={"dx": draw.normal(4, 6)},
    )


@pytest.mark.check("relu_backward.unchanged", points=1, kind="contract")
def test_backward_unchanged(judge: Judge, draw: Draw) -> None:
    """Neither dout nor the cached array is changed."""
    contracts.unchanged_by_backward(judge, "relu_backward", draw.spaced(*SHAPE), dout=draw.normal(*SHAPE))


@pytest.mark.check("relu_backward.interleaved", points=0.5, kind="contract")
def test_backward_interleaved(judge: Judge, draw: Draw) -> None:
    """Two forward calls, then the backward calls in reverse order."""
    first, second = draw.spaced(*SHAPE), draw.spaced(4, 6)
    contracts.interleaved(
        judge, "relu_backward", (first,), (second,), (draw.normal(*SHAPE), draw.normal(4, 6))
    )
    # equal shapes find shared buffers
    second = draw.spaced(*SHAPE)
    douts = draw.normal(*SHAPE), draw.normal(*SHAPE)
    contracts.interleaved(judge, "relu_backward", (first,), (second,), douts)
