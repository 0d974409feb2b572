"""Checks of max-pooling. Inputs are distinct and well apart, except where ties are the matter."""

import numpy as np
import pytest

from grader import contracts, numerical
from grader.draw import Draw
from grader.explain import number_text, shape_text
from grader.judge import Judge, fail
from grader.results import Feedback

SHAPE = (2, 3, 6, 6)
Pair = tuple[int, int]


def upstream(draw: Draw, x: np.ndarray, size: int | Pair, stride: int | Pair | None = None) -> np.ndarray:
    """Return a random gradient of the shape of the layer's output."""
    (height, width), (down, right) = np.broadcast_to(size, 2), np.broadcast_to(stride or size, 2)
    return draw.normal(*x.shape[:2], (x.shape[2] - height) // down + 1, (x.shape[3] - width) // right + 1)


@pytest.mark.check("maxpool2d_forward.shape", points=1, kind="shape")
def test_forward_shape(judge: Judge, draw: Draw) -> None:
    """The output size is floor((H - size) / stride) + 1."""
    judge.shapes("maxpool2d_forward", draw.spaced(*SHAPE), size=2)
    judge.shapes("maxpool2d_forward", draw.spaced(*SHAPE), size=2, stride=1)


@pytest.mark.check("maxpool2d_forward.values", points=1.5, kind="values")
def test_forward_values(judge: Judge, draw: Draw) -> None:
    """Windows of 2x2 side by side, given and by default."""
    judge.values("maxpool2d_forward", draw.spaced(*SHAPE), size=2, stride=2)
    judge.values("maxpool2d_forward", draw.spaced(*SHAPE))


@pytest.mark.check("maxpool2d_forward.overlap", points=1, kind="values")
def test_forward_overlap(judge: Judge, draw: Draw) -> None:
    """Windows that overlap, and windows with gaps between them."""
    judge.values("maxpool2d_forward", draw.spaced(*SHAPE), size=3, stride=1)
    judge.values("maxpool2d_forward", draw.spaced(2, 3, 8, 8), size=2, stride=3)


@pytest.mark.check("maxpool2d_forward.uneven", points=0.5, kind="values")
def test_forward_uneven(judge: Judge, draw: Draw) -> None:
    """Sizes that the window does not divide: what is left over is not used."""
    judge.values("maxpool2d_forward", draw.spaced(2, 3, 7, 7), size=2, stride=2)
    judge.values("maxpool2d_forward", draw.spaced(2, 3, 8, 8), size=3, stride=2)


@pytest.mark.check("maxpool2d_forward.rectangular", points=1, kind="values")
def test_forward_rectangular(judge: Judge, draw: Draw) -> None:
    """Images and windows that are not square; size and stride as pairs, vertical first."""
    judge.values("maxpool2d_forward", draw.spaced(2, 3, 4, 8), size=2, stride=2)
    judge.values("maxpool2d_forward", draw.spaced(*SHAPE), size=(3, 2), stride=(1, 2))


@pytest.mark.check("maxpool2d_forward.negative", points=0.5, kind="values")
def test_forward_negative(judge: Judge, draw: Draw) -> None:
    """The largest of negative values is negative."""
    judge.values("maxpool2d_forward", draw.spaced(*SHAPE) - 20, size=2, stride=2)


@pytest.mark.check("maxpool2d_forward.contract", points=0.5, kind="contract")
def test_forward_contract(judge: Judge, draw: Draw) -> None:
    """The argument stays as it is, and the same call gives the same."""
    contracts.unchanged(judge, "maxpool2d_forward", draw.spaced(*SHAPE), size=2, stride=2)


def backward(judge: Judge, draw: Draw, x: np.ndarray, *, size: int | Pair, stride: int | Pair) -> None:
    """Compare the gradient with the reference."""
    judge.gradients("maxpool2d_backward", x, dout=upstream(draw, x, size, stride), size=size, stride=stride)


@pytest.mark.check("maxpool2d_backward.shape", points=1, kind="shape")
def test_backward_shape(judge: Judge, draw: Draw) -> None:
    """The gradient has the shape of the input."""
    x = draw.spaced(*SHAPE)
    judge.gradient_shapes("maxpool2d_backward", x, dout=upstream(draw, x, 2), size=2, stride=2)


@pytest.mark.check("maxpool2d_backward.dx", points=2, kind="gradients")
def test_backward_dx(judge: Judge, draw: Draw) -> None:
    """Each window hands its gradient to the pixel that won it."""
    backward(judge, draw, draw.spaced(*SHAPE), size=2, stride=2)


@pytest.mark.check("maxpool2d_backward.overlap", points=1.5, kind="gradients")
def test_backward_overlap(judge: Judge, draw: Draw) -> None:
    """A pixel that wins several windows gets the gradients of all."""
    backward(judge, draw, draw.spaced(*SHAPE), size=3, stride=1)
    backward(judge, draw, draw.spaced(*SHAPE), size=3, stride=2)


@pytest.mark.check("maxpool2d_backward.rectangular", points=0.5, kind="gradients")
def test_backward_rectangular(judge: Judge, draw: Draw) -> None:
    """Images and windows that are not square."""
    backward(judge, draw, draw.spaced(2, 3, 4, 8), size=2, stride=2)
    backward(judge, draw, draw.spaced(*SHAPE), size=(3, 2), stride=(3, 2))


@pytest.mark.check("maxpool2d_backward.uneven", points=0.5, kind="gradients")
def test_backward_uneven(judge: Judge, draw: Draw) -> None:
    """Pixels that no window covers get no gradient."""
    backward(judge, draw, draw.spaced(2, 3, 7, 7), size=2, stride=2)
    backward(judge, draw, draw.spaced(2, 3, 8, 8), size=2, stride=3)


@pytest.mark.check("maxpool2d_backward.ties", points=1, kind="gradients")
def test_backward_ties(judge: Judge, draw: Draw) -> None:
    """Of several equal maxima in a window, one gets the gradient: any one."""
    x, dout = draw.integers(0, 3, *SHAPE).astype(np.float64), draw.normal(2, 3, 3, 3)
    cache = judge.cache("maxpool2d_backward", (x,), {"size": 2, "stride": 2})
    received = judge.student.call("maxpool2d_backward", (dout, cache)).values
    arrays = judge.match_shapes("maxpool2d_backward", f"dout {shape_text(dout.shape)}", received, {"dx": x})
    # windows lie side by side: (N, C, rows, columns, 4 pixels)
    dx, pixels = (
        array.reshape(2, 3, 3, 2, 3, 2).transpose(0, 1, 2, 4, 3, 5).reshape(2, 3, 3, 3, 4)
        for array in (arrays["dx"], x)
    )
    winners = np.abs(dx) > 1e-9
    tied = pixels == pixels.max(axis=-1, keepdims=True)
    right = np.isclose(dx.sum(axis=-1), dout, rtol=1e-5)
    if right.all() and (winners.sum(axis=-1) == 1).all() and not (winners & ~tied).any():
        return
    facts = (
        f"Called with x {shape_text(SHAPE)} of the values 0, 1 and 2, size 2: most windows hold a tie.",
        f"{int((winners.sum(axis=-1) > 1).sum())} of {dout.size} windows give gradient to several pixels, "
        f"{int((winners & ~tied).sum())} pixels that are no maximum get some.",
        f"dx sums to {number_text(float(dx.sum()))}, dout to {number_text(float(dout.sum()))}.",
    )
    fail(Feedback("maxpool2d_backward does not send each window's gradient to one of its maxima.", facts))


@pytest.mark.check("maxpool2d_backward.numerical", points=0.5, kind="gradients")
def test_backward_numerical(judge: Judge, draw: Draw) -> None:
    """The gradient agrees with difference quotients."""
    x = draw.spaced(*SHAPE)
    numerical.gradients(
        judge,
        "maxpool2d_backward",
        x,
        dout=upstream(draw, x, 2),
        directions={"dx": draw.normal(*SHAPE)},
        size=2,
        stride=2,
    )


@pytest.mark.check("maxpool2d_backward.contract", points=1, kind="contract")
def test_backward_contract(judge: Judge, draw: Draw) -> None:
    """Calls do not depend on one another, and change neither dout nor the cached array."""
    x, other = draw.spaced(*SHAPE), draw.spaced(3, 2, 8, 8)
    douts = upstream(draw, x, 2), upstream(draw, other, 2)
    contracts.unchanged_by_backward(judge, "maxpool2d_backward", x, dout=douts[0], size=2, stride=2)
    contracts.interleaved(judge, "maxpool2d_backward", (x,), (other,), douts, size=2, stride=2)
