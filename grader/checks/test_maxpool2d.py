"""Checks of max-pooling. Inputs are distinct and well apart, except in the check of ties."""

import numpy as np
import pytest

from grader.core.results import Feedback
from grader.judging import contracts, gradcheck
from grader.judging.draw import Draw
from grader.judging.explain import shape_text
from grader.judging.judge import Judge, fail

SHAPE = (2, 3, 6, 6)
Pair = tuple[int, int]

VALUES, GRADIENTS = ("values",), ("dx",)
"""the checks of the plain case"""


def image(draw: Draw, *shape: int) -> np.ndarray:
    """Return distinct positive values: negative ones have a check of their own."""
    return draw.spaced(*shape) + 0.1 * np.prod(shape)


def upstream(draw: Draw, x: np.ndarray, size: int | Pair, stride: int | Pair | None = None) -> np.ndarray:
    """Return a random gradient of the shape of the layer's output."""
    (height, width), (down, right) = np.broadcast_to(size, 2), np.broadcast_to(stride or size, 2)
    return draw.normal(*x.shape[:2], (x.shape[2] - height) // down + 1, (x.shape[3] - width) // right + 1)


@pytest.mark.check("maxpool2d_forward.shape", points=1, kind="shape")
def test_forward_shape(judge: Judge, draw: Draw) -> None:
    """The output has a value for each window of each channel."""
    judge.shapes("maxpool2d_forward", image(draw, *SHAPE), size=2, stride=2)
    judge.shapes("maxpool2d_forward", image(draw, 3, 1, 4, 4), size=2, stride=2)


@pytest.mark.check("maxpool2d_forward.values", points=1.5, kind="values")
def test_forward_values(judge: Judge, draw: Draw) -> None:
    """Windows of 2x2 side by side, given and by default."""
    judge.values("maxpool2d_forward", image(draw, *SHAPE), size=2, stride=2)
    judge.values("maxpool2d_forward", image(draw, *SHAPE))


@pytest.mark.check("maxpool2d_forward.overlap", points=1, kind="values", option=VALUES)
def test_forward_overlap(judge: Judge, draw: Draw) -> None:
    """Windows that overlap, and windows with gaps between them."""
    judge.values("maxpool2d_forward", image(draw, *SHAPE), size=3, stride=1)
    judge.values("maxpool2d_forward", image(draw, 2, 3, 8, 8), size=2, stride=3)


@pytest.mark.check("maxpool2d_forward.uneven", points=0.5, kind="values", option=VALUES)
def test_forward_uneven(judge: Judge, draw: Draw) -> None:
    """Sizes that the window does not divide: left-over pixels are not used."""
    judge.values("maxpool2d_forward", image(draw, 2, 3, 7, 7), size=2, stride=2)
    judge.values("maxpool2d_forward", image(draw, 2, 3, 8, 8), size=3, stride=3)


@pytest.mark.check("maxpool2d_forward.rectangular", points=1, kind="values", option=VALUES)
def test_forward_rectangular(judge: Judge, draw: Draw) -> None:
    """Images and windows that are not square; size and stride as pairs, vertical first."""
    judge.values("maxpool2d_forward", image(draw, 2, 3, 4, 8), size=2, stride=2)
    judge.values("maxpool2d_forward", image(draw, *SHAPE), size=(3, 2), stride=(3, 2))


@pytest.mark.check("maxpool2d_forward.negative", points=0.5, kind="values", option=VALUES)
def test_forward_negative(judge: Judge, draw: Draw) -> None:
    """The largest of negative values is negative."""
    judge.values("maxpool2d_forward", draw.spaced(*SHAPE) - 20, size=2, stride=2)


@pytest.mark.check("maxpool2d_forward.contract", points=0.5, kind="contract")
def test_forward_contract(judge: Judge, draw: Draw) -> None:
    """The argument is not changed, and the same call gives the same result."""
    contracts.unchanged(judge, "maxpool2d_forward", draw.spaced(*SHAPE), size=2, stride=2)


def backward(judge: Judge, draw: Draw, x: np.ndarray, *, size: int | Pair, stride: int | Pair) -> None:
    """Compare the gradient with the reference."""
    judge.gradients("maxpool2d_backward", x, dout=upstream(draw, x, size, stride), size=size, stride=stride)


@pytest.mark.check("maxpool2d_backward.shape", points=1, kind="shape")
def test_backward_shape(judge: Judge, draw: Draw) -> None:
    """The gradient has the shape of the input."""
    x = image(draw, *SHAPE)
    judge.gradient_shapes("maxpool2d_backward", x, dout=upstream(draw, x, 2), size=2, stride=2)


@pytest.mark.check("maxpool2d_backward.dx", points=2, kind="gradients")
def test_backward_dx(judge: Judge, draw: Draw) -> None:
    """Each window passes its gradient to the pixel that was its maximum."""
    x = image(draw, *SHAPE)
    backward(judge, draw, x, size=2, stride=2)
    judge.gradients("maxpool2d_backward", x, dout=upstream(draw, x, 2))


@pytest.mark.check("maxpool2d_backward.overlap", points=1.5, kind="gradients", option=GRADIENTS)
def test_backward_overlap(judge: Judge, draw: Draw) -> None:
    """A pixel that is the maximum of several windows gets the gradients of all."""
    backward(judge, draw, image(draw, *SHAPE), size=3, stride=1)
    backward(judge, draw, image(draw, *SHAPE), size=3, stride=2)


@pytest.mark.check("maxpool2d_backward.rectangular", points=0.5, kind="gradients", option=GRADIENTS)
def test_backward_rectangular(judge: Judge, draw: Draw) -> None:
    """Images and windows that are not square."""
    backward(judge, draw, image(draw, 2, 3, 4, 8), size=2, stride=2)
    backward(judge, draw, image(draw, *SHAPE), size=(3, 2), stride=(3, 2))


@pytest.mark.check("maxpool2d_backward.uneven", points=0.5, kind="gradients", option=GRADIENTS)
def test_backward_uneven(judge: Judge, draw: Draw) -> None:
    """Pixels that no window covers get no gradient."""
    backward(judge, draw, image(draw, 2, 3, 7, 7), size=2, stride=2)
    backward(judge, draw, image(draw, 2, 3, 8, 8), size=3, stride=3)


@pytest.mark.check("maxpool2d_backward.ties", points=1, kind="gradients", option=GRADIENTS)
def test_backward_ties(judge: Judge, draw: Draw) -> None:
    """Of several equal maxima in a window, exactly one gets the gradient, whichever it is."""
    one_winner_a_window(judge, draw.integers(0, 3, 1, 2, 6, 6).astype(np.float64), 2, 2)
    one_winner_a_window(judge, draw.integers(0, 3, 1, 2, 6, 6).astype(np.float64), 3, 3)


def one_winner_a_window(judge: Judge, x: np.ndarray, size: int, stride: int) -> None:
    """Check window by window that a gradient goes to exactly one maximum of the window."""
    options = {"size": size, "stride": stride}
    out_shape = judge.expected("maxpool2d_forward", (x,), options)["out"].shape
    cache = judge.cache("maxpool2d_backward", (x,), options)
    split, elsewhere = 0, 0
    for _, channel, i, j in np.ndindex(out_shape):
        dout = np.zeros(out_shape)
        dout[0, channel, i, j] = 1.5
        received = judge.student.call("maxpool2d_backward", (dout, cache)).values
        called = f"dout {shape_text(dout.shape)}, which is zero except for one value"
        judged = judge.to_judge("maxpool2d_backward", received, (x, dout), options)
        if not judged:
            continue
        dx = judge.match_shapes("maxpool2d_backward", called, judged, {"dx": x})["dx"]
        rows, columns = (slice(k * stride, k * stride + size) for k in (i, j))
        window = x[0, channel, rows, columns]
        tied = np.zeros(x.shape, bool)
        tied[0, channel, rows, columns] = window == window.max()
        winners = np.abs(dx) > 1e-9
        split += bool(winners.sum() != 1 or not np.isclose(dx.sum(), 1.5, rtol=1e-5))
        elsewhere += bool((winners & ~tied).any())
    if not split and not elsewhere:
        return
    windows = int(np.prod(out_shape))
    facts = (
        f"Called with x {shape_text(x.shape)} of the values 0, 1 and 2, size {size}, stride {stride}: "
        "once for each window, with a gradient of 1.5 there and 0 elsewhere.",
        f"In {split} of {windows} windows, the gradient does not go to exactly one pixel; "
        f"in {elsewhere}, a pixel that is not a maximum gets some of it.",
    )
    fail(Feedback("maxpool2d_backward does not send each window's gradient to one of its maxima.", facts))


@pytest.mark.check("maxpool2d_backward.numerical", points=0.5, kind="gradients")
def test_backward_numerical(judge: Judge, draw: Draw) -> None:
    """The gradient agrees with difference quotients."""
    x = image(draw, *SHAPE)
    gradcheck.gradients(
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
    x, other = image(draw, *SHAPE), image(draw, 3, 2, 8, 8)
    douts = upstream(draw, x, 2), upstream(draw, other, 2)
    contracts.unchanged_by_backward(judge, "maxpool2d_backward", x, dout=douts[0], size=2, stride=2)
    contracts.interleaved(judge, "maxpool2d_backward", (x,), (other,), douts, size=2, stride=2)
    # equal shapes find shared buffers, and other options find shared options
    other = image(draw, *SHAPE)
    douts = upstream(draw, x, 2), upstream(draw, other, 2)
    contracts.interleaved(judge, "maxpool2d_backward", (x,), (other,), douts, size=2, stride=2)
    douts = douts[0], upstream(draw, other, 3)
    others = {"size": 3, "stride": 3}
    contracts.interleaved(judge, "maxpool2d_backward", (x,), (other,), douts, others, size=2, stride=2)
