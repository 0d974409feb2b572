"""Checks of the convolution. Each differs from the plain case (square, stride 1, pad 1) in one respect."""

import numpy as np
import pytest

from grader.judging import contracts, gradcheck
from grader.judging.draw import Draw
from grader.judging.judge import Judge

Pair = tuple[int, int]
Layer = tuple[np.ndarray, np.ndarray, np.ndarray]

VALUES, GRADIENTS = ("values",), ("dx", "dw", "db")
"""the checks of the plain case"""


def layer(
    draw: Draw,
    *,
    batch: int = 2,
    channels: int = 4,
    height: int = 7,
    width: int = 7,
    filters: int = 5,
    kernel: tuple[int, int] = (3, 3),
) -> Layer:
    """Return x, w and a bias of zero: a forgotten bias is charged by its own check."""
    x = draw.normal(batch, channels, height, width)
    return x, draw.normal(filters, channels, *kernel), np.zeros(filters)


def upstream(draw: Draw, layer: Layer, stride: int | Pair, pad: int | Pair) -> np.ndarray:
    """Return a random gradient of the shape of the layer's output."""
    x, w, _ = layer
    (down, right), (top, left) = np.broadcast_to(stride, 2), np.broadcast_to(pad, 2)
    height = (x.shape[2] + 2 * top - w.shape[2]) // down + 1
    width = (x.shape[3] + 2 * left - w.shape[3]) // right + 1
    return draw.normal(x.shape[0], w.shape[0], height, width)


@pytest.mark.check("conv2d_forward.shape", points=1, kind="shape")
def test_forward_shape(judge: Judge, draw: Draw) -> None:
    """The output has a channel for each filter, and with pad 1 the size of the image."""
    judge.shapes("conv2d_forward", *layer(draw), stride=1, pad=1)
    judge.shapes("conv2d_forward", *layer(draw, batch=3, channels=1, filters=2), stride=1, pad=1)


@pytest.mark.check("conv2d_forward.values", points=3, kind="values")
def test_forward_values(judge: Judge, draw: Draw) -> None:
    """Stride 1, and padding that keeps the size."""
    judge.values("conv2d_forward", *layer(draw), stride=1, pad=1)


@pytest.mark.check("conv2d_forward.bias", points=2, kind="values", option=VALUES)
def test_forward_bias(judge: Judge, draw: Draw) -> None:
    """Each filter adds its own bias."""
    x, w, _ = layer(draw)
    judge.values("conv2d_forward", x, w, draw.normal(len(w)), stride=1, pad=1)


@pytest.mark.check("conv2d_forward.no_padding", points=2, kind="values", option=VALUES)
def test_forward_no_padding(judge: Judge, draw: Draw) -> None:
    """Without padding, and with the default options."""
    judge.values("conv2d_forward", *layer(draw), stride=1, pad=0)
    judge.values("conv2d_forward", *layer(draw))


@pytest.mark.check("conv2d_forward.wide_padding", points=1, kind="values", option=VALUES)
def test_forward_wide_padding(judge: Judge, draw: Draw) -> None:
    """Padding of 2, and of more than the kernel reaches."""
    judge.values("conv2d_forward", *layer(draw), stride=1, pad=2)
    judge.values("conv2d_forward", *layer(draw), stride=1, pad=3)
    # the padding that usually goes with a kernel of this size
    judge.values("conv2d_forward", *layer(draw, kernel=(5, 5)), stride=1, pad=2)


@pytest.mark.check("conv2d_forward.stride", points=2, kind="values", option=VALUES)
def test_forward_stride(judge: Judge, draw: Draw) -> None:
    """Windows that start at every second and every third pixel."""
    judge.values("conv2d_forward", *layer(draw), stride=2, pad=1)
    judge.values("conv2d_forward", *layer(draw), stride=3, pad=1)
    # windows with gaps between them
    judge.values("conv2d_forward", *layer(draw, height=9, width=9), stride=4, pad=1)


@pytest.mark.check("conv2d_forward.uneven", points=1, kind="values", option=VALUES)
def test_forward_uneven(judge: Judge, draw: Draw) -> None:
    """Sizes that the stride does not divide: left-over pixels are not used."""
    judge.values("conv2d_forward", *layer(draw, height=8, width=8), stride=2, pad=1)
    judge.values("conv2d_forward", *layer(draw, height=8, width=8), stride=3, pad=1)
    judge.values("conv2d_forward", *layer(draw, height=9, width=9), stride=3, pad=1)


@pytest.mark.check("conv2d_forward.rectangular", points=2, kind="values", option=VALUES)
def test_forward_rectangular(judge: Judge, draw: Draw) -> None:
    """Images and kernels that are not square."""
    judge.values("conv2d_forward", *layer(draw, height=5, width=8), stride=1, pad=1)
    judge.values("conv2d_forward", *layer(draw, kernel=(3, 2)), stride=1, pad=1)
    judge.values("conv2d_forward", *layer(draw, height=5, width=8, kernel=(3, 2)), stride=2, pad=1)


@pytest.mark.check("conv2d_forward.pairs", points=1, kind="values", option=VALUES)
def test_forward_pairs(judge: Judge, draw: Draw) -> None:
    """Stride and padding given as pairs, vertical first."""
    judge.values("conv2d_forward", *layer(draw), stride=(1, 2), pad=(2, 1))
    judge.values("conv2d_forward", *layer(draw), stride=(3, 2), pad=(1, 2))


@pytest.mark.check("conv2d_forward.single", points=1, kind="values", option=VALUES)
def test_forward_single(judge: Judge, draw: Draw) -> None:
    """A batch of one, one channel, one filter, a 1x1 kernel."""
    judge.values("conv2d_forward", *layer(draw, batch=1, channels=1, filters=1), stride=1, pad=1)
    judge.values("conv2d_forward", *layer(draw, kernel=(1, 1)), stride=1, pad=1)


@pytest.mark.check("conv2d_forward.float32", points=1, kind="values", option=VALUES)
def test_forward_float32(judge: Judge, draw: Draw) -> None:
    """float32 in gives floating-point values out."""
    arrays = (array.astype(np.float32) for array in layer(draw))
    judge.values("conv2d_forward", *arrays, stride=1, pad=1, tolerance=1e-4)


@pytest.mark.check("conv2d_forward.contract", points=1, kind="contract")
def test_forward_contract(judge: Judge, draw: Draw) -> None:
    """The arguments are not changed, and the same call gives the same result."""
    contracts.unchanged(judge, "conv2d_forward", *layer(draw), stride=1, pad=1)
    # without padding the windows may be views of the caller's own array
    with contracts.charged_elsewhere():
        contracts.unchanged(judge, "conv2d_forward", *layer(draw), stride=1, pad=0)


def plain_backward(judge: Judge, draw: Draw, only: list[str]) -> None:
    """Judge gradients in the plain case."""
    arrays = layer(draw)
    judge.gradients("conv2d_backward", *arrays, dout=upstream(draw, arrays, 1, 1), only=only, stride=1, pad=1)


def backward(judge: Judge, draw: Draw, arrays: Layer, *, stride: int | Pair = 1, pad: int | Pair = 1) -> None:
    """Judge all gradients for some options."""
    dout = upstream(draw, arrays, stride, pad)
    judge.gradients("conv2d_backward", *arrays, dout=dout, stride=stride, pad=pad)


@pytest.mark.check("conv2d_backward.shape", points=1, kind="shape")
def test_backward_shape(judge: Judge, draw: Draw) -> None:
    """Each gradient has the shape of what it belongs to."""
    arrays = layer(draw)
    judge.gradient_shapes("conv2d_backward", *arrays, dout=upstream(draw, arrays, 1, 1), stride=1, pad=1)


@pytest.mark.check("conv2d_backward.dx", points=5, kind="gradients")
def test_backward_dx(judge: Judge, draw: Draw) -> None:
    """The gradient of the input: every window passes its share back."""
    plain_backward(judge, draw, only=["dx"])


@pytest.mark.check("conv2d_backward.dw", points=4, kind="gradients")
def test_backward_dw(judge: Judge, draw: Draw) -> None:
    """The gradient of the filters, summed over positions and batch."""
    plain_backward(judge, draw, only=["dw"])


@pytest.mark.check("conv2d_backward.db", points=1, kind="gradients")
def test_backward_db(judge: Judge, draw: Draw) -> None:
    """The gradient of the bias, summed over positions and batch."""
    plain_backward(judge, draw, only=["db"])


@pytest.mark.check("conv2d_backward.numerical", points=2, kind="gradients")
def test_backward_numerical(judge: Judge, draw: Draw) -> None:
    """The gradients agree with difference quotients."""
    arrays = layer(draw)
    gradcheck.gradients(
        judge,
        "conv2d_backward",
        *arrays,
        dout=upstream(draw, arrays, 1, 1),
        directions={
            name: draw.normal(*array.shape) for name, array in zip(("dx", "dw", "db"), arrays, strict=True)
        },
        stride=1,
        pad=1,
    )


@pytest.mark.check("conv2d_backward.no_padding", points=2, kind="gradients", option=GRADIENTS)
def test_backward_no_padding(judge: Judge, draw: Draw) -> None:
    """Without padding there is nothing to crop."""
    backward(judge, draw, layer(draw), pad=0)


@pytest.mark.check("conv2d_backward.wide_padding", points=1, kind="gradients", option=GRADIENTS)
def test_backward_wide_padding(judge: Judge, draw: Draw) -> None:
    """A padding of 2 or 3 is cropped from dx."""
    backward(judge, draw, layer(draw), pad=2)
    backward(judge, draw, layer(draw), pad=3)
    backward(judge, draw, layer(draw, kernel=(5, 5)), pad=2)


@pytest.mark.check("conv2d_backward.stride", points=2, kind="gradients", option=GRADIENTS)
def test_backward_stride(judge: Judge, draw: Draw) -> None:
    """Output (i, j) saw the window that starts at (i stride, j stride)."""
    backward(judge, draw, layer(draw), stride=2)
    backward(judge, draw, layer(draw), stride=3)
    # windows with gaps between them
    backward(judge, draw, layer(draw, height=9, width=9), stride=4)


@pytest.mark.check("conv2d_backward.uneven", points=1, kind="gradients", option=GRADIENTS)
def test_backward_uneven(judge: Judge, draw: Draw) -> None:
    """Sizes that the stride does not divide: pixels outside every window get no gradient."""
    backward(judge, draw, layer(draw, height=8, width=8), stride=2)
    backward(judge, draw, layer(draw, height=8, width=8), stride=3)
    backward(judge, draw, layer(draw, height=9, width=9), stride=3)


@pytest.mark.check("conv2d_backward.rectangular", points=1, kind="gradients", option=GRADIENTS)
def test_backward_rectangular(judge: Judge, draw: Draw) -> None:
    """Images and kernels that are not square, options as pairs."""
    backward(judge, draw, layer(draw, height=5, width=8))
    backward(judge, draw, layer(draw, kernel=(3, 2)))
    backward(judge, draw, layer(draw, height=5, width=8, kernel=(3, 2)), stride=2)
    backward(judge, draw, layer(draw), stride=(1, 2), pad=(2, 1))


@pytest.mark.check("conv2d_backward.unchanged", points=1, kind="contract")
def test_backward_unchanged(judge: Judge, draw: Draw) -> None:
    """Neither dout nor a cached array is changed."""
    arrays = layer(draw)
    dout = upstream(draw, arrays, 1, 1)
    contracts.unchanged_by_backward(judge, "conv2d_backward", *arrays, dout=dout, stride=1, pad=1)


@pytest.mark.check("conv2d_backward.interleaved", points=1, kind="contract")
def test_backward_interleaved(judge: Judge, draw: Draw) -> None:
    """Two forward calls, then the backward calls in reverse order."""
    first, second = layer(draw), layer(draw, batch=3, channels=2, height=6, width=6, filters=4)
    douts = upstream(draw, first, 1, 1), upstream(draw, second, 1, 1)
    contracts.interleaved(judge, "conv2d_backward", first, second, douts, stride=1, pad=1)
    # equal shapes find shared buffers, and other options find shared options
    second = layer(draw)
    douts = upstream(draw, first, 1, 1), upstream(draw, second, 1, 1)
    contracts.interleaved(judge, "conv2d_backward", first, second, douts, stride=1, pad=1)
    douts = douts[0], upstream(draw, second, 1, 0)
    others = {"stride": 1, "pad": 0}
    contracts.interleaved(judge, "conv2d_backward", first, second, douts, others, stride=1, pad=1)
