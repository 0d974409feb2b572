"""Known mistakes of the convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.feedback.mistakes.arrays import add_windows, correlate, cropped, padded, windows
from grader.feedback.mistakes.base import Cache, Right, mistake, pair


@mistake(
    "conv2d_forward",
    cause="The bias is not added.",
    remedy="Add b[f] to every output of filter f: out += b[None, :, None, None].",
    read="bias",
)
def bias_forgotten(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    return right.conv2d_forward(x, w, np.zeros_like(b), **options)


@mistake(
    "conv2d_forward",
    cause="The bias is added once for each input channel.",
    remedy="Add the bias after the sum over channels, not inside it.",
    read="bias",
)
def bias_added_for_each_channel(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any
) -> Any:
    return right.conv2d_forward(x, w, x.shape[1] * b, **options)


@mistake(
    "conv2d_forward",
    cause="The kernel is rotated by 180 degrees, as in a mathematical convolution.",
    remedy="Multiply each window by the kernel as it is: networks use cross-correlation.",
    read="cross-correlation",
)
def kernel_rotated(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    out, _ = right.conv2d_forward(x, w[:, :, ::-1, ::-1].copy(), b, **options)
    return out, right.conv2d_forward(x, w, b, **options)[1]


@mistake(
    "conv2d_forward",
    cause="The kernel is transposed: its rows meet the columns of the window.",
    remedy="Multiply rows by rows and columns by columns.",
    read="cross-correlation",
)
def kernel_transposed(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    out, cache = right.conv2d_forward(x, w, b, **options)
    if w.shape[2] == w.shape[3]:
        out, _ = right.conv2d_forward(x, w.swapaxes(2, 3).copy(), b, **options)
    return out, cache


@mistake(
    "conv2d_forward",
    cause="The image is always padded by 1, whatever pad says.",
    remedy="Use the argument pad instead of a fixed number.",
    read="padding",
)
def padding_fixed_at_one(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    out, _ = right.conv2d_forward(x, w, b, stride=stride, pad=1)
    return out, right.conv2d_forward(x, w, b, stride=stride, pad=pad)[1]


@mistake(
    "conv2d_forward",
    cause="The image is always padded by half of the kernel, to keep its size, whatever pad says.",
    remedy="Use the argument pad instead of half the size of the kernel.",
    read="padding",
)
def padding_by_half_the_kernel(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    out, _ = right.conv2d_forward(x, w, b, stride=stride, pad=(w.shape[2] // 2, w.shape[3] // 2))
    return out, right.conv2d_forward(x, w, b, stride=stride, pad=pad)[1]


@mistake(
    "conv2d_forward",
    cause="The image is not padded: pad is ignored.",
    remedy="Put pad rows and columns of zeros around each image first.",
    read="padding",
)
def padding_ignored(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    out, _ = right.conv2d_forward(x, w, b, stride=stride, pad=0)
    return out, right.conv2d_forward(x, w, b, stride=stride, pad=pad)[1]


@mistake(
    "conv2d_forward",
    cause="All of the padding is put below and to the right of the image.",
    remedy="Put pad rows above and below, and pad columns on the left and on the right.",
    read="padding",
)
def padding_on_one_side(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    down, across = pair(pad)
    shifted = np.pad(x, ((0, 0), (0, 0), (0, 2 * down), (0, 2 * across)))
    out, _ = right.conv2d_forward(shifted, w, b, stride=stride, pad=0)
    return out, right.conv2d_forward(x, w, b, stride=stride, pad=pad)[1]


@mistake(
    "conv2d_forward",
    cause="The image is padded with its border pixels instead of zeros.",
    remedy="Pad with zeros: np.pad does so by default, mode='edge' does not.",
    read="padding",
)
def padding_repeats_the_border(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    down, across = pair(pad)
    edged = np.pad(x, ((0, 0), (0, 0), (down, down), (across, across)), mode="edge")
    out, _ = right.conv2d_forward(edged, w, b, stride=stride, pad=0)
    return out, right.conv2d_forward(x, w, b, stride=stride, pad=pad)[1]


@mistake(
    "conv2d_forward",
    cause="The output has the right size for the stride, but its windows move by one pixel.",
    remedy="Let the window of output (i, j) start at row i*stride and column j*stride.",
    read="stride",
)
def windows_move_by_one(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    out, cache = right.conv2d_forward(x, w, b, stride=stride, pad=pad)
    dense, _ = right.conv2d_forward(x, w, b, stride=1, pad=pad)
    return dense[:, :, : out.shape[2], : out.shape[3]].copy(), cache


@mistake(
    "conv2d_forward",
    cause="The output size leaves out the + 1: the last row and column are missing.",
    remedy="Compute the size as (H + 2*pad - KH) // stride + 1.",
    read="sizes-that-do-not-divide",
)
def last_row_and_column_missing(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any
) -> Any:
    out, cache = right.conv2d_forward(x, w, b, **options)
    return out[:, :, :-1, :-1].copy(), cache


@mistake(
    "conv2d_forward",
    cause="The output size is rounded up where the stride does not divide.",
    remedy="Round down: (H + 2*pad - KH) // stride + 1; what is left over is not used.",
    read="sizes-that-do-not-divide",
)
def size_rounded_up(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    (down, across), xp = pair(stride), padded(x, pair(pad))
    below = -(xp.shape[2] - w.shape[2]) % down
    beside = -(xp.shape[3] - w.shape[3]) % across
    larger = np.pad(xp, ((0, 0), (0, 0), (0, below), (0, beside)))
    return correlate(larger, w, (down, across)) + b[None, :, None, None], right.conv2d_forward(
        x, w, b, stride=stride, pad=pad
    )[1]


@mistake(
    "conv2d_forward",
    cause="Sizes that the stride does not divide raise an error.",
    remedy="Round the size down instead of asserting: what is left over is not used.",
    read="sizes-that-do-not-divide",
)
def sizes_must_divide(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    (down, across), (top, left) = pair(stride), pair(pad)
    assert (x.shape[2] + 2 * top - w.shape[2]) % down == 0, "height does not fit"
    assert (x.shape[3] + 2 * left - w.shape[3]) % across == 0, "width does not fit"
    return right.conv2d_forward(x, w, b, stride=stride, pad=pad)


@mistake(
    "conv2d_forward",
    cause="The width of the output is computed from the height of the image.",
    remedy="Use H and KH for the height of the output, W and KW for its width.",
    read="images-that-are-not-square",
)
def height_used_for_width(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    out, cache = right.conv2d_forward(x, w, b, stride=stride, pad=pad)
    width = (x.shape[2] + 2 * pair(pad)[1] - w.shape[3]) // pair(stride)[1] + 1
    square = np.zeros((*out.shape[:3], max(width, 0)), out.dtype)
    both = min(square.shape[3], out.shape[3])
    square[..., :both] = out[..., :both]
    return square, cache


@mistake(
    "conv2d_forward",
    cause="The kernel is taken to be as wide as it is high.",
    remedy="Use KH for rows and KW for columns of the kernel.",
    read="images-that-are-not-square",
)
def square_kernel_assumed(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    size, count = w.shape[2], len(w)
    taken = windows(padded(x, pair(pad)), (size, size), pair(stride))
    columns = taken.transpose(0, 2, 3, 1, 4, 5).reshape(*taken.shape[:1], *taken.shape[2:4], -1)
    out = (columns @ w.reshape(count, -1).T).transpose(0, 3, 1, 2) + b[None, :, None, None]
    return out, right.conv2d_forward(x, w, b, stride=stride, pad=pad)[1]


@mistake(
    "conv2d_forward",
    cause="Pairs are not handled: stride and pad are used as numbers.",
    remedy="Turn a number into a pair first, and use its first half for rows and its second for columns.",
    read="conventions",
)
def pairs_not_understood(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    height = (x.shape[2] + 2 * pad - w.shape[2]) // stride + 1
    assert height > 0
    return right.conv2d_forward(x, w, b, stride=stride, pad=pad)


@mistake(
    "conv2d_forward",
    cause="The first half of a pair is used for both directions.",
    remedy="Use the second half of stride and of pad for columns.",
    read="conventions",
)
def first_half_of_pairs_used_twice(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    out, _ = right.conv2d_forward(x, w, b, stride=pair(stride)[0], pad=pair(pad)[0])
    return out, right.conv2d_forward(x, w, b, stride=stride, pad=pad)[1]


@mistake(
    "conv2d_forward",
    cause="Pairs are read as (horizontal, vertical).",
    remedy="Read pairs as (vertical, horizontal): rows come first.",
    read="conventions",
)
def pairs_read_backwards(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, *, stride: Any = 1, pad: Any = 0
) -> Any:
    out, _ = right.conv2d_forward(x, w, b, stride=pair(stride)[::-1], pad=pair(pad)[::-1])
    return out, right.conv2d_forward(x, w, b, stride=stride, pad=pad)[1]


@mistake(
    "conv2d_forward",
    cause="Each channel overwrites the sum of the earlier ones: = where += belongs.",
    remedy="Add up over all input channels.",
    read="cross-correlation",
)
def only_the_last_channel(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    last, _ = right.conv2d_forward(x[:, -1:].copy(), w[:, -1:].copy(), b, **options)
    return last, right.conv2d_forward(x, w, b, **options)[1]


@mistake(
    "conv2d_forward",
    cause="The first image of the batch is used for all of them.",
    remedy="Give every image its own index: x[n], not x[0].",
    read="conventions",
)
def first_image_for_all(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    out, cache = right.conv2d_forward(x, w, b, **options)
    return np.repeat(out[:1], len(x), axis=0), cache


@mistake(
    "conv2d_forward",
    cause="Each window is averaged instead of added up.",
    remedy="Sum over the window: there is no division by its size.",
    read="cross-correlation",
)
def mean_of_the_window(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    out, _ = right.conv2d_forward(x, w / w[0].size, b, **options)
    return out, right.conv2d_forward(x, w, b, **options)[1]


@mistake(
    "conv2d_forward",
    cause="The output array has an integer type, so that all fractions are cut off.",
    remedy="Make the output with the dtype of x.",
    read="types",
)
def whole_numbers(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    out, cache = right.conv2d_forward(x, w, b, **options)
    return out.astype(np.int64), cache


@mistake(
    "conv2d_forward",
    cause="x is changed: the function computes in the caller's own array.",
    remedy="Work on a copy, or make a new array.",
    read="arguments",
)
def x_scaled_in_place(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    out, _ = right.conv2d_forward(x, w, b, **options)
    kept = x.copy()
    x -= x.mean(axis=(2, 3), keepdims=True)
    return out, right.conv2d_forward(kept, w, b, **options)[1]


@mistake(
    "conv2d_forward",
    cause="The cache holds x minus its mean instead of x.",
    remedy="Cache the arguments as they came: the gradients are those of the call that was made.",
    read="caches",
    shown_in="conv2d_backward",
)
def cache_spoilt(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    out, cache = right.conv2d_forward(x, w, b, **options)
    cache.remember(x - x.mean(), w, b, **options)
    return out, cache


@mistake(
    "conv2d_forward",
    cause="What the backward pass needs is kept outside the cache, and overwritten by the next call.",
    remedy="Return everything in the cache of the call.",
    read="caches",
    shown_in="conv2d_backward",
)
def cache_shared_by_all_calls(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any
) -> Any:
    out, cache = right.conv2d_forward(x, w, b, **options)
    shared = right.memory.setdefault("conv2d", cache)
    shared.remember(x, w, b, **options)
    return out, shared


@mistake(
    "conv2d_forward",
    cause="Stride and pad are kept outside the cache, and overwritten by the next call.",
    remedy="Put stride and pad into the cache.",
    read="caches",
    shown_in="conv2d_backward",
)
def options_shared_by_all_calls(
    right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any
) -> Any:
    out, cache = right.conv2d_forward(x, w, b, **options)
    for earlier in right.memory.setdefault("caches", []):
        earlier.remember(*earlier.arguments, **options)
    right.memory["caches"].append(cache)
    return out, cache


@mistake(
    "conv2d_forward",
    cause="Inputs of the same shape share one buffer, so that a later call overwrites an earlier cache.",
    remedy="Make a new array in every call.",
    read="caches",
    shown_in="conv2d_backward",
)
def buffer_for_each_shape(right: Right, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> Any:
    buffer = right.memory.setdefault((x.shape, x.dtype.str), np.empty_like(x))
    buffer[:] = x
    out, cache = right.conv2d_forward(buffer, w, b, **options)
    return out.copy(), cache


@mistake(
    "conv2d_backward",
    cause="dx is cropped with pad:-pad, and when pad is 0, -0 means 'stop at 0'.",
    remedy="Crop with pad:pad+H.",
    read="padding",
)
def cropped_with_minus_pad(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    top, left = cache.pair("pad", 0)
    return padded(dx, (top, left))[:, :, top:-top, left:-left], dw, db


@mistake(
    "conv2d_backward",
    cause="dx is cropped by 1 on each side, whatever pad says.",
    remedy="Crop by pad: rows pad to pad+H, columns pad to pad+W.",
    read="padding",
)
def cropped_by_one(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    _, dw, db = right.conv2d_backward(dout, cache)
    x, w, _ = cache.arguments
    stride, pad = cache.pair("stride", 1), cache.pair("pad", 0)
    xp = padded(x, pad)
    dxp = add_windows(np.einsum("nfij,fckl->ncijkl", dout, w), xp.shape, stride)
    return dxp[:, :, 1:-1, 1:-1], dw, db


@mistake(
    "conv2d_backward",
    cause="dx still has the size of the padded image.",
    remedy="Crop the padding from dx: rows pad to pad+H, columns pad to pad+W.",
    read="padding",
)
def not_cropped(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    _, dw, db = right.conv2d_backward(dout, cache)
    x, w, _ = cache.arguments
    shape = padded(x, cache.pair("pad", 0)).shape
    return (
        add_windows(np.einsum("nfij,fckl->ncijkl", dout, w), shape, cache.pair("stride", 1)),
        dw,
        db,
    )


@mistake(
    "conv2d_backward",
    cause="In dx the stride is ignored: every window is put back one pixel after the one before.",
    remedy="Put the window of output (i, j) back at row i*stride and column j*stride.",
    read="stride",
)
def stride_ignored_in_dx(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    _, dw, db = right.conv2d_backward(dout, cache)
    x, w, _ = cache.arguments
    pad = cache.pair("pad", 0)
    dxp = add_windows(np.einsum("nfij,fckl->ncijkl", dout, w), padded(x, pad).shape, (1, 1))
    return cropped(dxp, pad), dw, db


@mistake(
    "conv2d_backward",
    cause="In dw the stride is ignored: the windows of the input are taken one pixel apart.",
    remedy="Use the window of output (i, j) that starts at row i*stride and column j*stride.",
    read="stride",
)
def stride_ignored_in_dw(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, _, db = right.conv2d_backward(dout, cache)
    x, w, _ = cache.arguments
    taken = windows(padded(x, cache.pair("pad", 0)), (w.shape[2], w.shape[3]), (1, 1))
    taken = taken[:, :, : dout.shape[2], : dout.shape[3]]
    return dx, np.einsum("nfij,ncijkl->fckl", dout, taken), db


@mistake(
    "conv2d_backward",
    cause="In dx, windows overwrite each other: = where += belongs.",
    remedy="Add each window's share to what is there already.",
    read="overlapping-windows",
)
def windows_overwrite_in_dx(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    _, dw, db = right.conv2d_backward(dout, cache)
    x, w, _ = cache.arguments
    (down, across), pad = cache.pair("stride", 1), cache.pair("pad", 0)
    shares = np.einsum("nfij,fckl->ncijkl", dout, w)
    dxp = np.zeros(padded(x, pad).shape, shares.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * down, j * across
            dxp[:, :, top : top + w.shape[2], left : left + w.shape[3]] = shares[:, :, i, j]
    return cropped(dxp, pad), dw, db


@mistake(
    "conv2d_backward",
    cause="In dx the kernel is rotated once too often, or not at all.",
    remedy="Give each pixel of a window dout times the kernel as it is; in a full correlation rotate it.",
    read="cross-correlation",
)
def kernel_rotated_in_dx(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    _, dw, db = right.conv2d_backward(dout, cache)
    x, w, b = cache.arguments
    _, other = right.conv2d_forward(x, w[:, :, ::-1, ::-1].copy(), b, **cache.options)
    return right.conv2d_backward(dout, other)[0], dw, db


@mistake(
    "conv2d_backward",
    cause="dw is rotated by 180 degrees.",
    remedy="dw[f, c, k, l] is the sum of dout times the pixel at tap (k, l) of each window.",
    read="backward",
)
def dw_rotated(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    return dx, dw[:, :, ::-1, ::-1].copy(), db


@mistake(
    "conv2d_backward",
    cause="Rows and columns of the kernel are exchanged in dw.",
    remedy="Keep the order of axes of w: dw has shape (F, C, KH, KW).",
    read="backward",
)
def dw_transposed(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    return dx, dw.swapaxes(2, 3).copy(), db


@mistake(
    "conv2d_backward",
    cause="In dw the whole window is summed into one value, the same for every tap.",
    remedy="Keep a value for each tap: multiply dout by the window and sum over positions only.",
    read="backward",
)
def window_summed_in_dw(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    return dx, np.broadcast_to(dw.sum(axis=(2, 3), keepdims=True), dw.shape).copy(), db


@mistake(
    "conv2d_backward",
    cause="dw holds the last image of the batch only: = where += belongs.",
    remedy="Sum dw over all images of the batch.",
    read="sums-over-the-batch",
)
def dw_of_the_last_image(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, _, db = right.conv2d_backward(dout, cache)
    x, w, b = cache.arguments
    _, last = right.conv2d_forward(x[-1:].copy(), w, b, **cache.options)
    return dx, right.conv2d_backward(dout[-1:].copy(), last)[1], db


@mistake(
    "conv2d_backward",
    cause="dw holds only the last position: each position overwrites the earlier ones.",
    remedy="A filter is used at every position: add up with +=.",
    read="backward",
)
def dw_of_the_last_position(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, _, db = right.conv2d_backward(dout, cache)
    last = np.zeros_like(dout)
    last[:, :, -1, -1] = dout[:, :, -1, -1]
    return dx, right.conv2d_backward(last, cache)[1], db


@mistake(
    "conv2d_backward",
    cause="dw is divided by the size of the batch.",
    remedy="Do not divide: the gradient of the loss carries 1/N already.",
    read="mean-over-the-batch",
)
def dw_divided_by_batch(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    return dx, dw / len(dout), db


@mistake(
    "conv2d_backward",
    cause="dw is computed from the image without its padding.",
    remedy="Take the windows from the padded image, as the forward pass does.",
    read="padding",
)
def padding_forgotten_in_dw(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, _, db = right.conv2d_backward(dout, cache)
    x, w, _ = cache.arguments
    down, across = cache.pair("pad", 0)
    shifted = np.pad(x, ((0, 0), (0, 0), (0, 2 * down), (0, 2 * across)))
    taken = windows(shifted, (w.shape[2], w.shape[3]), cache.pair("stride", 1))
    return dx, np.einsum("nfij,ncijkl->fckl", dout, taken), db


@mistake(
    "conv2d_backward",
    cause="db is the mean of dout instead of its sum.",
    remedy="db[f] is the sum of dout over batch, rows and columns.",
    read="sums-over-the-batch",
)
def db_is_a_mean(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, _ = right.conv2d_backward(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@mistake(
    "conv2d_backward",
    cause="db is summed over the batch only, and has a value for every pixel.",
    remedy="Sum dout over batch, rows and columns: dout.sum(axis=(0, 2, 3)).",
    read="sums-over-the-batch",
)
def db_summed_over_batch_only(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, _ = right.conv2d_backward(dout, cache)
    return dx, dw, dout.sum(axis=0)


@mistake(
    "conv2d_backward",
    cause="db has the shape (F, 1).",
    remedy="Give db the shape of b: drop keepdims, or the reshape.",
    read="shapes",
)
def db_is_a_column(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    return dx, dw, db[:, None]


@mistake(
    "conv2d_backward",
    cause="dx has an integer type: it was made like an array that is not floating-point.",
    remedy="Make dx with the dtype of x.",
    read="types",
)
def dx_in_whole_numbers(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    return dx.astype(np.int64), dw, db


@mistake(
    "conv2d_backward",
    cause="Pixels that no window saw are missing from dx where the stride does not divide the size.",
    remedy="Make dx in the shape of x before anything is added to it.",
    read="sizes-that-do-not-divide",
)
def unseen_pixels_missing(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    _, w, _ = cache.arguments
    (down, across), (top, left) = cache.pair("stride", 1), cache.pair("pad", 0)
    height = (dout.shape[2] - 1) * down + w.shape[2] - 2 * top
    width = (dout.shape[3] - 1) * across + w.shape[3] - 2 * left
    return dx[:, :, :height, :width].copy(), dw, db


@mistake(
    "conv2d_backward",
    cause="dx is computed for an image as wide as it is high.",
    remedy="Use H for rows and W for columns.",
    read="images-that-are-not-square",
)
def square_image_assumed(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx, dw, db = right.conv2d_backward(dout, cache)
    square = np.zeros((*dx.shape[:2], dx.shape[2], dx.shape[2]), dx.dtype)
    both = min(dx.shape[2], dx.shape[3])
    square[..., :both] = dx[..., :both]
    return square, dw, db


@mistake(
    "conv2d_backward",
    cause="dout is changed: the function computes in the caller's own array.",
    remedy="Work on a copy, or make a new array.",
    read="arguments",
)
def dout_scaled_in_place(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    answer = right.conv2d_backward(dout.copy(), cache)
    dout /= len(dout)
    return answer


@mistake(
    "conv2d_backward",
    cause="The gradients are computed in half precision.",
    remedy="Keep the dtype of x: float64 in, float64 out.",
    read="types",
)
def half_precision(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    answer = right.conv2d_backward(dout, cache)
    return tuple(array.astype(np.float16).astype(array.dtype) for array in answer)
