"""Layers of a convolutional network: one function for the forward pass of each, one for its backward pass.

The forward function returns ``(out, cache)``. The backward function takes ``dout``, the gradient of the loss
with respect to ``out``, together with that ``cache``, and returns the gradients of the loss with respect to
the arguments. A cache holds whatever you like; everything a backward pass needs is kept there and never in
a variable of the module, so that calls can be interleaved in any order.

Images are arrays of shape (N, C, H, W): N images with C channels of H rows and W columns. All arrays of one
call have the same dtype, float32 or float64, and so have the results. Arguments are never changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

### BEGIN SOLUTION
from numpy.lib.stride_tricks import as_strided

### END SOLUTION


def dense_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Any]:
    """Connect every input with every output: ``out = x w + b``, a matrix product.

    Parameters
    ----------
    x
        Inputs, shape (N, D): one row for each example.
    w
        Weights, shape (D, M).
    b
        Biases, shape (M,): added to every row.

    Returns
    -------
    out
        Outputs, shape (N, M), dtype of x.
    cache
        Whatever dense_backward needs.

    References
    ----------
    Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, 1986.
    """
    ### BEGIN SOLUTION
    out = x @ w
    out += b
    return out, (x, w)
    ### END SOLUTION


def dense_backward(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Propagate gradients through dense_forward.

    ::

        dx[n, d] = sum over m of dout[n, m] * w[d, m]
        dw[d, m] = sum over n of x[n, d] * dout[n, m]
        db[m] = sum over n of dout[n, m]

    These are sums over the batch, not means: the loss has divided by N already.

    Parameters
    ----------
    dout
        Gradient of the loss with respect to out, shape (N, M).
    cache
        Cache from dense_forward; it must stay usable for another call.

    Returns
    -------
    dx
        Gradient with respect to x, shape (N, D).
    dw
        Gradient with respect to w, shape (D, M).
    db
        Gradient with respect to b, shape (M,).
    """
    ### BEGIN SOLUTION
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
    ### END SOLUTION


def relu_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Replace negative values by zero: ``out = max(x, 0)``, the rectified linear unit.

    Parameters
    ----------
    x
        Inputs of any shape.

    Returns
    -------
    out
        Outputs, shape and dtype of x.
    cache
        Whatever relu_backward needs.

    References
    ----------
    Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, 2010.
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0), x > 0
    ### END SOLUTION


def relu_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Propagate gradients through relu_forward.

    The gradient passes where x was positive and is zero elsewhere. ReLU has no derivative at 0; by convention
    it is 0 there.

    Parameters
    ----------
    dout
        Gradient of the loss with respect to out, of the shape of x. It must not be changed.
    cache
        Cache from relu_forward; it must stay usable for another call.

    Returns
    -------
    dx
        Gradient with respect to x, of the same shape: a new array.
    """
    ### BEGIN SOLUTION
    return dout * cache
    ### END SOLUTION


### BEGIN SOLUTION
COLUMN_BYTES = 1 << 20
"""How much memory the columns of a convolution take at a time: little enough to stay in the L2 cache."""


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Return (vertical, horizontal) of an option that is given as one number or as a pair."""
    vertical, horizontal = np.broadcast_to(value, 2).tolist()
    return vertical, horizontal


def _output_size(
    image: tuple[int, int], window: tuple[int, int], stride: tuple[int, int], pad: tuple[int, int] = (0, 0)
) -> tuple[int, int]:
    """Return how many windows fit below and beside one another.

    Raises
    ------
    ValueError
        If not even one window fits.
    """
    padded = image[0] + 2 * pad[0], image[1] + 2 * pad[1]
    if window[0] > padded[0] or window[1] > padded[1]:
        raise ValueError(
            f"a window of {window[0]}x{window[1]} does not fit into an image of {image[0]}x{image[1]}, "
            f"which is {padded[0]}x{padded[1]} with padding: use a smaller window or more padding"
        )
    return (padded[0] - window[0]) // stride[0] + 1, (padded[1] - window[1]) // stride[1] + 1


class _Columns:
    """Scratch memory that holds the windows of some images as the columns of a matrix, and a row of ones.

    With the windows as columns, a convolution is a matrix product (im2col; Chellapilla, Puri and Simard,
    2006); the row of ones multiplies the bias. The columns of all images would be KH*KW times as large as
    the images, so a few images at a time go through the same scratch memory, which then stays in the cache.

    Copying rows one by one can cost more than the product. So where the horizontal stride is 1, an image
    is stored without its padding left and right: all rows of a window position are then one contiguous run,
    from the first pixel to the last. Pixels that such a run takes from a neighbouring row are set to zero
    where the padding should be, and dropped with the surplus positions at the right, where nothing should be.
    """

    def __init__(
        self,
        shape: tuple[int, int, int, int],
        window: tuple[int, int],
        stride: tuple[int, int],
        pad: tuple[int, int],
        dtype: np.dtype,
    ) -> None:
        N, C, H, W = shape
        KH, KW = window
        OH, OW = _output_size((H, W), window, stride, pad)
        in_runs = stride[1] == 1
        margin, omitted = (0, pad[1]) if in_runs else (pad[1], 0)
        pitch = max(W, OW) if in_runs else W + 2 * pad[1]
        rows = H + 2 * pad[0]
        self.width = pitch if in_runs else OW
        """Positions in each row of windows: OW, or more with a surplus at the right."""
        self.features = C * KH * KW
        image_bytes = self.features * OH * self.width * dtype.itemsize
        self.images_at_once = max(1, min(N, COLUMN_BYTES // image_bytes))

        # runs start up to `omitted` before the first row and end up to KW behind the last
        slack = omitted + KW
        self._memory = np.empty(2 * slack + self.images_at_once * C * rows * pitch, dtype)
        padded = self._memory[slack:-slack].reshape(self.images_at_once, C, rows, pitch)
        self._images = padded[:, :, pad[0] : pad[0] + H, margin : margin + W]
        self._columns = np.empty((self.images_at_once, self.features + 1, OH * self.width), dtype)
        self._columns[:, -1] = 1
        self._windows = self._columns[:, :-1].reshape(-1, C, KH, KW, OH, self.width)
        steps = C * rows * pitch, rows * pitch, pitch, 1, stride[0] * pitch, stride[1]
        self._view = as_strided(
            self._memory[slack - omitted :], self._windows.shape, [dtype.itemsize * step for step in steps]
        )
        wrapped = []
        for column in range(KW if in_runs else 0):
            left, right = omitted - column, pitch + omitted - column
            wrapped.append(self._windows[:, :, :, column, :, : max(left, 0)])
            wrapped.append(self._windows[:, :, :, column, :, max(right, 0) : OW])
        self._wrapped = [part for part in wrapped if part.size]

    def unfold(self, images: np.ndarray) -> np.ndarray:
        """Return the columns of at most `images_at_once` images, (n, features + 1, positions)."""
        count = len(images)
        self._memory[:] = 0
        self._images[:count] = images
        self._windows[:count] = self._view[:count]
        self._clear_wrapped(count)
        return self._columns[:count]

    def fold(self, count: int) -> np.ndarray:
        """Add the columns, which the caller has replaced, up to images again: the transpose of `unfold`."""
        self._clear_wrapped(count)
        self._memory[:] = 0
        for row in range(self._windows.shape[2]):
            for column in range(self._windows.shape[3]):
                pixels = self._view[:count, :, row, column]
                pixels += self._windows[:count, :, row, column]
        return self._images[:count]

    def _clear_wrapped(self, count: int) -> None:
        for part in self._wrapped:
            part[:count] = 0


### END SOLUTION


def conv2d_forward(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    *,
    stride: int | tuple[int, int] = 1,
    pad: int | tuple[int, int] = 0,
) -> tuple[np.ndarray, Any]:
    """Slide filters over images: a two-dimensional convolution layer.

    With xp for the images, padded with zeros on all four sides, and (sv, sh) for the stride::

        out[n, f, i, j] = b[f] + sum over c, k, l of xp[n, c, i*sv + k, j*sh + l] * w[f, c, k, l]

    This is a cross-correlation: the filter is not rotated. A padding of p adds p rows above and p rows below,
    or p columns on either side. The output has OH = floor((H + 2*pad - KH) / stride) + 1 rows, and columns
    likewise; rows and columns that are left over are not used. Heights and widths may differ everywhere, and
    stride and padding may be larger than the filter.

    Parameters
    ----------
    x
        Images, shape (N, C, H, W).
    w
        Filters, shape (F, C, KH, KW).
    b
        Biases, shape (F,): one number for each filter.
    stride
        Distance between neighbouring windows, in pixels: an int, or a pair (vertical, horizontal).
    pad
        Rows and columns of zeros on each side: an int, or a pair (vertical, horizontal).

    Returns
    -------
    out
        Outputs, shape (N, F, OH, OW), dtype of x.
    cache
        Whatever conv2d_backward needs.

    Raises
    ------
    ValueError
        If a filter is larger than the padded image; the message states both sizes.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998.
    Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016 (sizes, strides, padding).
    """
    ### BEGIN SOLUTION
    stride, pad = _pair(stride), _pair(pad)
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = _output_size((H, W), (KH, KW), stride, pad)
    columns = _Columns(x.shape, (KH, KW), stride, pad, x.dtype)
    filters = np.concatenate([w.reshape(F, -1), b[:, np.newaxis]], axis=1)
    out = np.empty((N, F, OH, OW), x.dtype)
    for start in range(0, N, columns.images_at_once):
        part = slice(start, start + columns.images_at_once)
        windows = columns.unfold(x[part])
        if columns.width == OW:
            np.matmul(filters, windows, out=out[part].reshape(-1, F, OH * OW))
        else:
            out[part] = np.matmul(filters, windows).reshape(-1, F, OH, columns.width)[..., :OW]
    return out, (x, w, stride, pad)
    ### END SOLUTION


def conv2d_backward(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Propagate gradients through conv2d_forward.

    With the names of conv2d_forward, and dxp for the gradient of the padded images::

        db[f] = sum over n, i, j of dout[n, f, i, j]
        dw[f, c, k, l] = sum over n, i, j of dout[n, f, i, j] * xp[n, c, i*sv + k, j*sh + l]
        dxp[n, c, p, q] = sum over f and over all i, k with i*sv + k = p and all j, l with j*sh + l = q
                          of dout[n, f, i, j] * w[f, c, k, l]

    In words: output (i, j) saw the window that starts at (i*sv, j*sh), and gives each pixel of it a gradient
    in proportion to the weight that the pixel met; a pixel adds up what it gets from all its windows. dx is
    dxp without the padding.

    Parameters
    ----------
    dout
        Gradient of the loss with respect to out, shape (N, F, OH, OW).
    cache
        Cache from conv2d_forward; it must stay usable for another call.

    Returns
    -------
    dx
        Gradient with respect to x, shape (N, C, H, W); zero for pixels that no window covers.
    dw
        Gradient with respect to w, shape (F, C, KH, KW).
    db
        Gradient with respect to b, shape (F,).

    References
    ----------
    Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, section 4.
    """
    ### BEGIN SOLUTION
    x, w, stride, pad = cache
    (_, C, H, W), (_, F, OH, OW), (KH, KW) = x.shape, dout.shape, w.shape[2:]
    # the columns of dout hold F*H*W windows, those of x C*OH*OW; but these must be added up again at the end
    if stride == (1, 1) and 2 * pad[0] < KH and 2 * pad[1] < KW and F * H * W <= 3 * C * OH * OW:
        return _backward_by_columns_of_dout(dout, x, w, pad)
    return _backward_by_columns_of_x(dout, x, w, stride, pad)
    ### END SOLUTION


### BEGIN SOLUTION
def _backward_by_columns_of_x(
    dout: np.ndarray, x: np.ndarray, w: np.ndarray, stride: tuple[int, int], pad: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Transpose the steps of the forward pass: its matrix product, then its copy of windows."""
    F, _, KH, KW = w.shape
    N, _, OH, OW = dout.shape
    columns = _Columns(x.shape, (KH, KW), stride, pad, x.dtype)
    filters = np.ascontiguousarray(w.reshape(F, -1).T)
    dx = np.empty(x.shape, x.dtype)
    # one row for each feature, and the row of the bias, which met the ones
    dfilters = np.zeros((columns.features + 1, F), x.dtype)
    for start in range(0, N, columns.images_at_once):
        part = slice(start, start + columns.images_at_once)
        windows = columns.unfold(x[part])
        outputs = dout[part]
        if columns.width != OW:
            outputs = np.zeros((len(windows), F, OH, columns.width), x.dtype)
            outputs[..., :OW] = dout[part]
        outputs = outputs.reshape(-1, F, OH * columns.width)
        # with many features BLAS is faster than for outputs @ windows.T
        dfilters += np.matmul(windows, outputs.transpose(0, 2, 1)).sum(axis=0)
        np.matmul(filters, outputs, out=windows[:, :-1])
        dx[part] = columns.fold(len(windows))
    return dx, np.ascontiguousarray(dfilters[:-1].T).reshape(w.shape), dfilters[-1].copy()


def _backward_by_columns_of_dout(
    dout: np.ndarray, x: np.ndarray, w: np.ndarray, pad: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute dx as a convolution of dout with the rotated filters, which it is for a stride of 1.

    The same columns of dout, multiplied with x, give dw: nothing has to be added up pixel by pixel.
    """
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    columns = _Columns(dout.shape, (KH, KW), (1, 1), (KH - 1 - pad[0], KW - 1 - pad[1]), x.dtype)
    rotated = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3).reshape(C, -1)
    dx = np.empty((N, C, H, W), x.dtype)
    drotated = np.zeros((columns.features, C), x.dtype)
    for start in range(0, N, columns.images_at_once):
        part = slice(start, start + columns.images_at_once)
        windows = columns.unfold(dout[part])[:, :-1]
        np.matmul(rotated, windows, out=dx[part].reshape(-1, C, H * W))
        drotated += np.matmul(windows, x[part].reshape(-1, C, H * W).transpose(0, 2, 1)).sum(axis=0)
    dw = drotated.reshape(F, KH, KW, C)[:, ::-1, ::-1].transpose(0, 3, 1, 2)
    return dx, np.ascontiguousarray(dw), dout.sum(axis=(0, 2, 3))


### END SOLUTION


def maxpool2d_forward(
    x: np.ndarray, *, size: int | tuple[int, int] = 2, stride: int | tuple[int, int] | None = None
) -> tuple[np.ndarray, Any]:
    """Take the maximum of each window, in every channel on its own.

    With (KH, KW) for the size and (sv, sh) for the stride::

        out[n, c, i, j] = maximum over k < KH and l < KW of x[n, c, i*sv + k, j*sh + l]

    There is no padding. The output has OH = floor((H - KH) / sv) + 1 rows and OW = floor((W - KW) / sh) + 1
    columns. Windows overlap where the stride is smaller than the size, and leave gaps where it is larger.

    Parameters
    ----------
    x
        Images, shape (N, C, H, W).
    size
        Height and width of a window, in pixels: an int, or a pair (vertical, horizontal).
    stride
        Distance between neighbouring windows, in pixels: an int, or a pair (vertical, horizontal). None
        means the size, so that windows lie side by side.

    Returns
    -------
    out
        Outputs, shape (N, C, OH, OW), dtype of x.
    cache
        Whatever maxpool2d_backward needs.

    Raises
    ------
    ValueError
        If a window is larger than the image; the message states both sizes.

    References
    ----------
    Scherer, Müller and Behnke, Evaluation of pooling operations in convolutional architectures for object
    recognition, 2010.
    """
    ### BEGIN SOLUTION
    size = _pair(size)
    stride = size if stride is None else _pair(stride)
    OH, OW = _output_size(x.shape[2:], size, stride)
    # The maximum of a window is the maximum of its rows' maxima: KH + KW comparisons instead of KH * KW. The
    # first of equal rows, and in it the first of equal columns, is the first pixel in row-major order.
    row_maxima, kept_columns = _slide_maximum(_slices(x, 3, OW, size[1], stride[1]))
    out, kept_rows = _slide_maximum(_slices(row_maxima, 2, OH, size[0], stride[0]))
    if size == (1, 1):
        out = out.copy()
    return out, (x.shape, row_maxima.shape, kept_rows, kept_columns, stride)
    ### END SOLUTION


def maxpool2d_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Propagate gradients through maxpool2d_forward.

    Each window passes its gradient to the pixel that was its maximum, and to no other::

        dx[n, c, p, q] = sum of dout[n, c, i, j] over all windows (i, j) whose maximum is pixel (p, q)

    Where several pixels of a window share the maximum, exactly one of them gets the gradient. Any one will
    do; the first in row-major order is usual. A pixel that is the maximum of several windows gets the sum of
    their gradients.

    Parameters
    ----------
    dout
        Gradient of the loss with respect to out, shape (N, C, OH, OW).
    cache
        Cache from maxpool2d_forward; it must stay usable for another call.

    Returns
    -------
    dx
        Gradient with respect to x, shape (N, C, H, W); zero for pixels that are not a maximum.
    """
    ### BEGIN SOLUTION
    shape, row_maxima_shape, kept_rows, kept_columns, stride = cache
    drow_maxima = _hand_back(dout, kept_rows, row_maxima_shape, 2, stride[0])
    return _hand_back(drow_maxima, kept_columns, shape, 3, stride[1])
    ### END SOLUTION


### BEGIN SOLUTION
def _slices(array: np.ndarray, axis: int, count: int, size: int, stride: int) -> list[np.ndarray]:
    """Return, for each position in a window, the elements there of all `count` windows along an axis."""
    ends = (count - 1) * stride + 1
    return [array[(slice(None),) * axis + (slice(k, k + ends, stride),)] for k in range(size)]


def _slide_maximum(slices: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the maximum over the slices and, for each but the first, where an earlier one is the maximum."""
    best, kept = slices[0], []
    for challenger in slices[1:]:
        kept.append(best >= challenger)
        best = np.maximum(best, challenger)
    return best, kept


def _hand_back(
    dout: np.ndarray, kept: list[np.ndarray], shape: tuple[int, ...], axis: int, stride: int
) -> np.ndarray:
    """Send each gradient to the slice that held the maximum: the transpose of `_slide_maximum`."""
    dx = np.zeros(shape, dout.dtype)
    size = len(kept) + 1
    targets = _slices(dx, axis, dout.shape[axis], size, stride)
    # where windows do not overlap the shares can be written in place
    shares = targets if stride >= size else [np.empty_like(dout) for _ in targets]
    rest = dout
    for k in range(size - 1, 0, -1):
        np.multiply(rest, kept[k - 1], out=shares[k - 1])
        np.subtract(rest, shares[k - 1], out=shares[k])
        rest = shares[k - 1]
    if size == 1:
        shares[0][...] = dout
    if shares is not targets:
        for target, share in zip(targets, shares, strict=True):
            target += share
    return dx


### END SOLUTION


def sigmoid_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Squash values into the interval from 0 to 1: ``out = 1 / (1 + exp(-x))``, the logistic function.

    The result must be right for every x, however large: it reaches 0 and 1 without an overflow, of which
    NumPy would warn. (exp(1000) is infinite; exp(-1000) is merely zero.)

    Parameters
    ----------
    x
        Inputs of any shape.

    Returns
    -------
    out
        Outputs, shape and dtype of x.
    cache
        Whatever sigmoid_backward needs.
    """
    ### BEGIN SOLUTION
    # exp of a value that is never positive cannot overflow
    small = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, small) / (1 + small)
    return out, out.copy()
    ### END SOLUTION


def sigmoid_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Propagate gradients through sigmoid_forward.

    The derivative of the logistic function s is s (1 - s).

    Parameters
    ----------
    dout
        Gradient of the loss with respect to out, of the shape of x.
    cache
        Cache from sigmoid_forward; it must stay usable for another call.

    Returns
    -------
    dx
        Gradient with respect to x, of the same shape.
    """
    ### BEGIN SOLUTION
    return dout * cache * (1 - cache)
    ### END SOLUTION


def dropout_forward(
    x: np.ndarray, *, p: float = 0.5, train: bool = True, seed: int | None = None
) -> tuple[np.ndarray, Any]:
    """Set random values to zero while training: inverted dropout.

    Each element of x independently becomes 0 with probability p; otherwise it is kept and divided by 1 - p,
    so that the expected value of the output is x. When the network is evaluated (train is False), the output
    equals x.

    Parameters
    ----------
    x
        Inputs of any shape.
    p
        Probability of dropping an element, 0 <= p < 1. (In some texts, p is the probability of keeping it.)
    train
        Whether to drop anything at all.
    seed
        Seed of the random numbers. The same integer gives the same mask for the same shape; None gives
        a new mask in every call. The random numbers of the rest of the program are not affected.

    Returns
    -------
    out
        Outputs, shape and dtype of x.
    cache
        Whatever dropout_backward needs.

    Raises
    ------
    ValueError
        If p is not in the range 0 <= p < 1.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, Dropout: a simple way to prevent neural
    networks from overfitting, 2014.
    """
    ### BEGIN SOLUTION
    if not 0 <= p < 1:
        raise ValueError(f"p is {p}: the probability to drop a value must be at least 0 and less than 1")
    if train:
        kept = np.random.default_rng(seed).random(x.shape) >= p
        factor = kept.astype(x.dtype) / x.dtype.type(1 - p)
    else:
        factor = np.ones_like(x)
    return x * factor, factor
    ### END SOLUTION


def dropout_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Propagate gradients through dropout_forward.

    The gradient passes where a value was kept, with the same factor 1 / (1 - p), and is zero where it was
    dropped. After a forward pass with train=False, dx equals dout.

    Parameters
    ----------
    dout
        Gradient of the loss with respect to out, of the shape of x.
    cache
        Cache from dropout_forward; it must stay usable for another call.

    Returns
    -------
    dx
        Gradient with respect to x, of the same shape.
    """
    ### BEGIN SOLUTION
    return dout * cache
    ### END SOLUTION
