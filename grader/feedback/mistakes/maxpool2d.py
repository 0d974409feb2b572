"""Known mistakes of max-pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.feedback.mistakes.arrays import add_windows, windows
from grader.feedback.mistakes.base import Cache, Right, mistake, pair


@mistake(
    "maxpool2d_forward",
    cause="The windows move by their own size, whatever stride says.",
    remedy="Let the window of output (i, j) start at row i*stride and column j*stride.",
    read="pooling",
)
def stride_taken_to_be_the_size(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    out, _ = right.maxpool2d_forward(x, size=size, stride=size)
    return out, right.maxpool2d_forward(x, size=size, stride=stride)[1]


@mistake(
    "maxpool2d_forward",
    cause="Windows are made by a reshape, which works only where they lie side by side and the sizes divide.",
    remedy="Take windows by their start and size, so that they may overlap and leave pixels over.",
    read="pooling",
)
def windows_by_reshape(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    (high, wide), (n, channels, height, width) = pair(size), x.shape
    tiles = x.reshape(n, channels, height // high, high, width // wide, wide)
    return tiles.max(axis=(3, 5)), right.maxpool2d_forward(x, size=size, stride=stride)[1]


@mistake(
    "maxpool2d_forward",
    cause="The output size is H // stride, which does not count the window.",
    remedy="Compute the size as (H - size) // stride + 1.",
    read="sizes-that-do-not-divide",
)
def size_without_the_window(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    out, cache = right.maxpool2d_forward(x, size=size, stride=stride)
    down, across = pair(size if stride is None else stride)
    larger = np.zeros((*x.shape[:2], x.shape[2] // down, x.shape[3] // across), out.dtype)
    rows, columns = min(out.shape[2], larger.shape[2]), min(out.shape[3], larger.shape[3])
    larger[:, :, :rows, :columns] = out[:, :, :rows, :columns]
    return larger, cache


@mistake(
    "maxpool2d_forward",
    cause="The output size is rounded up: windows that extend beyond the image are used, too.",
    remedy="Round down: (H - size) // stride + 1; what is left over is not used.",
    read="sizes-that-do-not-divide",
)
def size_rounded_up(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    high, wide = pair(size)
    down, across = pair(size if stride is None else stride)
    below, beside = -(x.shape[2] - high) % down, -(x.shape[3] - wide) % across
    larger = np.pad(x, ((0, 0), (0, 0), (0, below), (0, beside)), constant_values=-np.inf)
    out = windows(larger, (high, wide), (down, across)).max(axis=(4, 5))
    return out, right.maxpool2d_forward(x, size=size, stride=stride)[1]


@mistake(
    "maxpool2d_forward",
    cause="The maximum starts at 0, so that windows of negative values give 0.",
    remedy="Start with the first value of the window, or with -inf.",
    read="pooling",
)
def maximum_starts_at_zero(right: Right, x: np.ndarray, **options: Any) -> Any:
    out, cache = right.maxpool2d_forward(x, **options)
    return np.maximum(out, 0), cache


@mistake(
    "maxpool2d_forward",
    cause="The mean of each window is taken instead of its maximum.",
    remedy="Take the largest value of the window.",
    read="pooling",
)
def mean_instead_of_maximum(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    taken = windows(x, pair(size), pair(size if stride is None else stride))
    return taken.mean(axis=(4, 5)), right.maxpool2d_forward(x, size=size, stride=stride)[1]


@mistake(
    "maxpool2d_forward",
    cause="The value with the largest magnitude is taken.",
    remedy="Compare values with their signs.",
    read="pooling",
)
def largest_absolute_value(right: Right, x: np.ndarray, **options: Any) -> Any:
    out, _ = right.maxpool2d_forward(np.abs(x), **options)
    return out, right.maxpool2d_forward(x, **options)[1]


@mistake(
    "maxpool2d_forward",
    cause="The maximum is taken over all channels, too.",
    remedy="Pool each channel by itself.",
    read="pooling",
)
def maximum_over_channels(right: Right, x: np.ndarray, **options: Any) -> Any:
    out, cache = right.maxpool2d_forward(x, **options)
    return np.repeat(out.max(axis=1, keepdims=True), x.shape[1], axis=1), cache


@mistake(
    "maxpool2d_forward",
    cause="The width of the output is computed from the height of the image.",
    remedy="Use H for the height of the output and W for its width.",
    read="images-that-are-not-square",
)
def height_used_for_width(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    out, cache = right.maxpool2d_forward(x, size=size, stride=stride)
    width = (x.shape[2] - pair(size)[1]) // pair(size if stride is None else stride)[1] + 1
    square = np.zeros((*out.shape[:3], width), out.dtype)
    both = min(width, out.shape[3])
    square[..., :both] = out[..., :both]
    return square, cache


@mistake(
    "maxpool2d_forward",
    cause="Pairs are read as (horizontal, vertical).",
    remedy="Read pairs as (vertical, horizontal): rows come first.",
    read="conventions",
)
def pairs_read_backwards(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    turned = None if stride is None else pair(stride)[::-1]
    out, _ = right.maxpool2d_forward(x, size=pair(size)[::-1], stride=turned)
    return out, right.maxpool2d_forward(x, size=size, stride=stride)[1]


@mistake(
    "maxpool2d_forward",
    cause="The first half of a pair is used for both directions.",
    remedy="Use the second half of size and of stride for columns.",
    read="conventions",
)
def first_half_of_pairs_used_twice(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    step = None if stride is None else pair(stride)[0]
    out, _ = right.maxpool2d_forward(x, size=pair(size)[0], stride=step)
    return out, right.maxpool2d_forward(x, size=size, stride=stride)[1]


@mistake(
    "maxpool2d_forward",
    cause="Without a stride the windows move by one pixel instead of their size.",
    remedy="Let stride=None mean the size of the window.",
    read="pooling",
)
def stride_of_one_by_default(right: Right, x: np.ndarray, *, size: Any = 2, stride: Any = None) -> Any:
    out, _ = right.maxpool2d_forward(x, size=size, stride=1 if stride is None else stride)
    return out, right.maxpool2d_forward(x, size=size, stride=stride)[1]


@mistake(
    "maxpool2d_forward",
    cause="x is changed: the function computes in the caller's own array.",
    remedy="Work on a copy, or make a new array.",
    read="arguments",
)
def x_changed_in_place(right: Right, x: np.ndarray, **options: Any) -> Any:
    out, _ = right.maxpool2d_forward(x, **options)
    kept = x.copy()
    np.maximum(x, 0, out=x)
    return out, right.maxpool2d_forward(kept, **options)[1]


@mistake(
    "maxpool2d_forward",
    cause="What the backward pass needs is kept outside the cache, and overwritten by the next call.",
    remedy="Return everything in the cache of the call.",
    read="caches",
    shown_in="maxpool2d_backward",
)
def cache_shared_by_all_calls(right: Right, x: np.ndarray, **options: Any) -> Any:
    out, cache = right.maxpool2d_forward(x, **options)
    shared = right.memory.setdefault("maxpool2d", cache)
    shared.remember(x, **options)
    return out, shared


@mistake(
    "maxpool2d_forward",
    cause="Inputs of the same shape share one buffer, so that a later call overwrites an earlier cache.",
    remedy="Make a new array in every call.",
    read="caches",
    shown_in="maxpool2d_backward",
)
def buffer_for_each_shape(right: Right, x: np.ndarray, **options: Any) -> Any:
    out, cache = right.maxpool2d_forward(x, **options)
    shared = right.memory.setdefault((x.shape, str(options)), cache)
    shared.remember(x, **options)
    return out, shared


@mistake(
    "maxpool2d_backward",
    cause="Where windows overlap, = overwrites what += would add up.",
    remedy="Add each window's gradient to what the pixel has already.",
    read="overlapping-windows",
)
def overlapping_windows_overwrite(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    size = cache.pair("size", 2)
    stride = cache.options.get("stride")
    down, across = pair(size if stride is None else stride)
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * down, j * across
        window = x[n, c, top : top + size[0], left : left + size[1]]
        row, column = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, top + row, left + column] = dout[n, c, i, j]
    return dx


@mistake(
    "maxpool2d_backward",
    cause="Each window is written as a whole, over what overlapping windows gave; all ties are paid.",
    remedy="Find one winner in the window, and add its gradient to what that pixel has already.",
    read="overlapping-windows",
)
def whole_windows_overwrite(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    size = cache.pair("size", 2)
    stride = cache.options.get("stride")
    down, across = pair(size if stride is None else stride)
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        rows = slice(i * down, i * down + size[0])
        columns = slice(j * across, j * across + size[1])
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] = (window == window.max()) * dout[n, c, i, j]
    return dx


@mistake(
    "maxpool2d_backward",
    cause="Every pixel that equals the maximum gets the whole gradient.",
    remedy="Choose one winner for each window, for example by argmax.",
    read="ties",
)
def every_tied_maximum_gets_all(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    size = cache.pair("size", 2)
    stride = cache.options.get("stride")
    steps = pair(size if stride is None else stride)
    taken = windows(x, size, steps)
    winners = taken == taken.max(axis=(4, 5), keepdims=True)
    return add_windows(winners * dout[..., None, None], x.shape, steps)


@mistake(
    "maxpool2d_backward",
    cause="The gradient is split among all pixels that equal the maximum.",
    remedy="Choose one winner for each window, for example by argmax.",
    read="ties",
)
def gradient_split_among_ties(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    size = cache.pair("size", 2)
    stride = cache.options.get("stride")
    steps = pair(size if stride is None else stride)
    taken = windows(x, size, steps)
    winners = taken == taken.max(axis=(4, 5), keepdims=True)
    shares = winners / winners.sum(axis=(4, 5), keepdims=True)
    return add_windows(shares * dout[..., None, None], x.shape, steps)


@mistake(
    "maxpool2d_backward",
    cause="The gradient of each window goes to its upper left pixel.",
    remedy="Pass it to the pixel that was the maximum.",
    read="pooling",
)
def top_left_gets_all(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    size = cache.pair("size", 2)
    stride = cache.options.get("stride")
    first = np.zeros((*dout.shape, *size), dout.dtype)
    first[..., 0, 0] = dout
    return add_windows(first, x.shape, pair(size if stride is None else stride))


@mistake(
    "maxpool2d_backward",
    cause="The gradient is spread over the window, as for average pooling.",
    remedy="Pass all of it to the pixel that was the maximum.",
    read="pooling",
)
def gradient_spread_evenly(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    size = cache.pair("size", 2)
    stride = cache.options.get("stride")
    shares = np.broadcast_to(dout[..., None, None], (*dout.shape, *size)) / (size[0] * size[1])
    return add_windows(shares, x.shape, pair(size if stride is None else stride))


@mistake(
    "maxpool2d_backward",
    cause="Positions of maxima are kept as floating-point numbers, which cannot be indices.",
    remedy="Keep positions in an integer array: dtype=np.intp.",
    read="common-errors",
)
def positions_as_floats(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    positions = np.zeros(dout.shape)
    dx = np.zeros(x.size)
    dx[positions] += dout
    return dx.reshape(x.shape)


@mistake(
    "maxpool2d_backward",
    cause="The position in a window is decoded with the wrong width, which mixes up rows and columns.",
    remedy="Use divmod(position, KW), or np.unravel_index with the shape of the window.",
    read="images-that-are-not-square",
)
def position_divided_by_height(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    size = cache.pair("size", 2)
    stride = cache.options.get("stride")
    steps = pair(size if stride is None else stride)
    flat = windows(x, size, steps).reshape(*dout.shape, -1)
    rows, columns = np.divmod(flat.argmax(axis=-1), size[0])
    chosen = (rows[..., None, None] == np.arange(size[0])[:, None]) & (
        columns[..., None, None] == np.arange(size[1])
    )
    return add_windows(chosen * dout[..., None, None], x.shape, steps)


@mistake(
    "maxpool2d_backward",
    cause="Windows of 2x2 side by side are assumed, whatever size and stride the forward call had.",
    remedy="Take size and stride from the cache.",
    read="caches",
)
def default_options_assumed(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    taken = windows(x, (2, 2), (2, 2))[:, :, : dout.shape[2], : dout.shape[3]]
    out = dout[:, :, : taken.shape[2], : taken.shape[3]]
    flat = taken.reshape(*taken.shape[:4], 4)
    chosen = (flat.argmax(axis=-1)[..., None] == np.arange(4)).reshape(taken.shape)
    return add_windows(chosen * out[..., None, None], x.shape, (2, 2))


@mistake(
    "maxpool2d_backward",
    cause="The stride is ignored: windows are placed at multiples of their size.",
    remedy="Let the window of output (i, j) start at row i*stride and column j*stride.",
    read="stride",
)
def stride_ignored(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    (x,) = cache.arguments
    high, wide = cache.pair("size", 2)
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, i * high : (i + 1) * high, j * wide : (j + 1) * wide]
        if window.size:
            row, column = np.unravel_index(window.argmax(), window.shape)
            dx[n, c, i * high + row, j * wide + column] += dout[n, c, i, j]
    return dx


@mistake(
    "maxpool2d_backward",
    cause="Pixels that no window covers are missing from dx.",
    remedy="Make dx in the shape of x before anything is added to it.",
    read="sizes-that-do-not-divide",
)
def unseen_pixels_missing(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    size = cache.pair("size", 2)
    stride = cache.options.get("stride")
    down, across = pair(size if stride is None else stride)
    height, width = (dout.shape[2] - 1) * down + size[0], (dout.shape[3] - 1) * across + size[1]
    return right.maxpool2d_backward(dout, cache)[:, :, :height, :width].copy()


@mistake(
    "maxpool2d_backward",
    cause="The gradient is 1 at each maximum: dout is forgotten.",
    remedy="Pass dout on: the chain rule multiplies by it.",
    read="backward",
)
def dout_forgotten(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    return right.maxpool2d_backward(np.ones_like(dout), cache)


@mistake(
    "maxpool2d_backward",
    cause="dout is changed: the function computes in the caller's own array.",
    remedy="Work on a copy, or make a new array.",
    read="arguments",
)
def dout_changed_in_place(right: Right, dout: np.ndarray, cache: Cache) -> Any:
    dx = right.maxpool2d_backward(dout.copy(), cache)
    dout[:] = 0
    return dx
