"""Checks of the dense layer."""

import numpy as np
import pytest

from grader.judging import contracts, gradcheck
from grader.judging.draw import Draw
from grader.judging.judge import Judge

SHAPE = (3, 6, 4)

VALUES = ("values",)
"""the check of the plain case"""


def layer(draw: Draw, n: int, d: int, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, w and a bias of zero: a forgotten bias is charged by its own check."""
    return draw.normal(n, d), draw.normal(d, m), np.zeros(m)


@pytest.mark.check("dense_forward.shape", points=1, kind="shape")
def test_forward_shape(judge: Judge, draw: Draw) -> None:
    """The output has one row for each sample and one column for each unit."""
    judge.shapes("dense_forward", *layer(draw, *SHAPE))
    judge.shapes("dense_forward", *layer(draw, 1, 5, 2))


@pytest.mark.check("dense_forward.values", points=2, kind="values")
def test_forward_values(judge: Judge, draw: Draw) -> None:
    """The output is x @ w, for a bias of zero."""
    judge.values("dense_forward", *layer(draw, *SHAPE))


@pytest.mark.check("dense_forward.bias", points=1, kind="values", option=VALUES)
def test_forward_bias(judge: Judge, draw: Draw) -> None:
    """The bias is added to every row."""
    x, w, b = layer(draw, *SHAPE)
    judge.values("dense_forward", x, w, draw.normal(len(b)))


@pytest.mark.check("dense_forward.single", points=0.5, kind="values", option=VALUES)
def test_forward_single(judge: Judge, draw: Draw) -> None:
    """A batch of one, and a single unit."""
    # long enough that values which are cut off to whole numbers are not all the same
    judge.values("dense_forward", *layer(draw, 1, 6, 16))
    judge.values("dense_forward", *layer(draw, 16, 6, 1))


@pytest.mark.check("dense_forward.float32", points=0.5, kind="values", option=VALUES)
def test_forward_float32(judge: Judge, draw: Draw) -> None:
    """float32 in gives floating-point values out."""
    arrays = (array.astype(np.float32) for array in layer(draw, *SHAPE))
    judge.values("dense_forward", *arrays, tolerance=1e-4)


@pytest.mark.check("dense_forward.contract", points=1, kind="contract")
def test_forward_contract(judge: Judge, draw: Draw) -> None:
    """The arguments are not changed, and the same call gives the same result."""
    contracts.unchanged(judge, "dense_forward", *layer(draw, *SHAPE))


@pytest.mark.check("dense_backward.shape", points=1, kind="shape")
def test_backward_shape(judge: Judge, draw: Draw) -> None:
    """Each gradient has the shape of what it belongs to."""
    judge.gradient_shapes("dense_backward", *layer(draw, *SHAPE), dout=draw.normal(3, 4))


@pytest.mark.check("dense_backward.dx", points=1, kind="gradients")
def test_backward_dx(judge: Judge, draw: Draw) -> None:
    """The gradient of the input."""
    judge.gradients("dense_backward", *layer(draw, *SHAPE), dout=draw.normal(3, 4), only=["dx"])


@pytest.mark.check("dense_backward.dw", points=1, kind="gradients")
def test_backward_dw(judge: Judge, draw: Draw) -> None:
    """The gradient of the weights, summed over the batch."""
    judge.gradients("dense_backward", *layer(draw, *SHAPE), dout=draw.normal(3, 4), only=["dw"])


@pytest.mark.check("dense_backward.db", points=1, kind="gradients")
def test_backward_db(judge: Judge, draw: Draw) -> None:
    """The gradient of the bias, summed over the batch."""
    judge.gradients("dense_backward", *layer(draw, *SHAPE), dout=draw.normal(3, 4), only=["db"])


@pytest.mark.check("dense_backward.numerical", points=1, kind="gradients")
def test_backward_numerical(judge: Judge, draw: Draw) -> None:
    """The gradients agree with difference quotients."""
    gradcheck.gradients(
        judge,
        "dense_backward",
        *layer(draw, *SHAPE),
        dout=draw.normal(3, 4),
        directions={"dx": draw.normal(3, 6), "dw": draw.normal(6, 4), "db": draw.normal(4)},
    )


@pytest.mark.check("dense_backward.contract", points=1, kind="contract")
def test_backward_contract(judge: Judge, draw: Draw) -> None:
    """Calls do not depend on one another, and change neither dout nor the cached arrays."""
    contracts.unchanged_by_backward(judge, "dense_backward", *layer(draw, *SHAPE), dout=draw.normal(3, 4))
    first, second = layer(draw, *SHAPE), layer(draw, 2, 5, 3)
    contracts.interleaved(judge, "dense_backward", first, second, (draw.normal(3, 4), draw.normal(2, 3)))
    # equal shapes find shared buffers
    contracts.interleaved(
        judge, "dense_backward", first, layer(draw, *SHAPE), (draw.normal(3, 4), draw.normal(3, 4))
    )
