"""The layers once more, for training as fast as NumPy goes: the batch is the last axis.

``solution/layers.py`` is the reference that people read; its images have the shape (N, C, H, W). Here they
have the shape (C, H, W, N). The same pixel of all images then lies in one run of memory: windows are copied
in long runs whatever stride and padding are, slices along H and W cost nothing, and no product of matrices
needs a transposition. Each layer owns the memory that it works in and is made for one size of batch; it
serves one thread, goes back once for each time forward, and what it returns holds until its next call.
Gradients of weights are written where the caller wants them.

This file needs nothing but NumPy, so that the grader can grade it like a submission.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

COLUMN_BYTES = 512 << 10
"""memory for the columns of a convolution: little enough for the cache of a core"""


class Conv2d:
    """A convolution as a product of matrices: filters times columns, each column a window of one image.

    The windows of some rows of all images are copied side by side and multiplied with all filters at once
    (im2col; Chellapilla, Puri and Simard, 2006); a row of ones in the columns meets the bias. Backward, the
    same columns times the gradients are dw and db; the filters, transposed, times the gradients are those of
    the columns, which are added up to images again. A few rows at a time go through the same memory.

    Parameters
    ----------
    shape
        (C, H, W) of an image.
    filters
        The number of filters: F.
    kernel
        Height and width of a filter, in pixels.
    batch
        How many images: N.
    stride, pad
        (vertical, horizontal), in pixels.
    dtype
        float32 or float64.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        filters: int,
        kernel: tuple[int, int],
        batch: int,
        *,
        stride: tuple[int, int] = (1, 1),
        pad: tuple[int, int] = (0, 0),
        dtype: Any = np.float32,
    ) -> None:
        C, H, W = shape
        (KH, KW), (sv, sh), (top, left) = kernel, stride, pad
        OH, OW = (H + 2 * top - KH) // sv + 1, (W + 2 * left - KW) // sh + 1
        inside = np.s_[:, top : top + H, left : left + W]
        self._padded = np.zeros((C, H + 2 * top, W + 2 * left, batch), dtype)
        self._x = self._padded[inside]
        self._dpadded = np.empty_like(self._padded)
        self._dx = self._dpadded[inside]
        self._out = np.empty((filters, OH, OW, batch), dtype)
        self._rows = C * KH * KW + 1
        self._filters = np.empty((filters, self._rows), dtype)

        row_bytes = self._rows * OW * batch * self._out.itemsize
        at_once = max(1, min(OH, COLUMN_BYTES // row_bytes))
        memory = np.empty(self._rows * at_once * OW * batch, dtype)
        along_c, along_h, along_w, along_n = self._padded.strides
        self._parts = []
        for first in range(0, OH, at_once):
            count = min(at_once, OH - first)
            columns = memory[: self._rows * count * OW * batch].reshape(self._rows, -1)
            windows = columns[:-1].reshape(C, KH, KW, count, OW, batch)
            strides = along_c, along_h, along_w, sv * along_h, sh * along_w, along_n
            pixels, dpixels = (
                as_strided(images[:, first * sv :], windows.shape, strides)
                for images in (self._padded, self._dpadded)
            )
            self._parts.append((np.s_[:, first : first + count], columns, windows, pixels, dpixels))

    def forward(self, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return (F, OH, OW, N) for images (C, H, W, N), filters (F, C, KH, KW) and biases (F,)."""
        self._x[...] = x
        self._filters[:, :-1] = w.reshape(len(w), -1)
        self._filters[:, -1] = b
        for rows, columns, windows, pixels, _ in self._parts:
            windows[...] = pixels
            columns[-1] = 1
            np.matmul(self._filters, columns, out=_as_matrix(self._out[rows]))
        return self._out

    def backward(
        self, dout: np.ndarray, dw: np.ndarray, db: np.ndarray, *, needs_dx: bool = True
    ) -> np.ndarray:
        """Fill dw and db for a gradient (F, OH, OW, N), and return dx (C, H, W, N) if it is needed."""
        dfilters = np.zeros((self._rows, len(dout)), dout.dtype)
        transposed = np.ascontiguousarray(self._filters[:, :-1].T)
        self._dpadded[...] = 0
        for rows, columns, windows, pixels, dpixels in self._parts:
            doutputs = _as_matrix(dout[rows])
            if len(self._parts) > 1:  # a single part is still as it was
                windows[...] = pixels
                columns[-1] = 1
            dfilters += columns @ doutputs.T
            if needs_dx:
                np.matmul(transposed, doutputs, out=columns[:-1])
                for place in np.ndindex(windows.shape[1:3]):
                    dpixels[:, *place] += windows[:, *place]
        dw.reshape(len(dw), -1)[...] = dfilters[:-1].T
        db[...] = dfilters[-1]
        return self._dx


def _as_matrix(array: np.ndarray) -> np.ndarray:
    """Return a view of (F, rows, OW, N) as (F, everything else)."""
    return array.reshape(len(array), -1)


class MaxPool2d:
    """The maximum over windows: of each row of a window first, then of the rows' maxima.

    Two comparisons for 2x2 instead of three, and what must be remembered is one bit for each. Of equal pixels
    the first in row-major order counts.

    Parameters
    ----------
    shape
        (C, H, W) of an image.
    size, stride
        (vertical, horizontal), in pixels.
    batch
        How many images: N.
    dtype
        float32 or float64.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        size: tuple[int, int],
        stride: tuple[int, int],
        batch: int,
        *,
        dtype: Any = np.float32,
    ) -> None:
        C, H, W = shape
        OH, OW = ((n - k) // s + 1 for n, k, s in zip((H, W), size, stride, strict=True))
        self._columns = _Maximum((C, H, W, batch), 2, size[1], stride[1], OW, dtype)
        self._rows = _Maximum((C, H, OW, batch), 1, size[0], stride[0], OH, dtype)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return (C, OH, OW, N) for images (C, H, W, N)."""
        return self._rows.forward(self._columns.forward(x))

    def backward(self, dout: np.ndarray) -> np.ndarray:
        """Return dx (C, H, W, N) for a gradient (C, OH, OW, N)."""
        return self._columns.backward(self._rows.backward(dout))


class _Maximum:
    """The maximum over neighbours along one axis."""

    def __init__(
        self, shape: tuple[int, ...], axis: int, size: int, stride: int, count: int, dtype: Any
    ) -> None:
        reach = (count - 1) * stride + 1
        self._places = [(*[np.s_[:]] * axis, np.s_[k : k + reach : stride]) for k in range(size)]
        self._out = np.empty((*shape[:axis], count, *shape[axis + 1 :]), dtype)
        self._kept = [np.empty(self._out.shape, bool) for _ in range(size - 1)]
        self._dx = np.zeros(shape, dtype)
        self._share, self._rest = np.empty_like(self._out), np.empty_like(self._out)
        self._overlap = stride < size

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the maxima, and remember where the lead was kept."""
        first, *others = self._places
        best = x[first]
        if not others:
            self._out[...] = best
        for place, kept in zip(others, self._kept, strict=True):
            np.greater_equal(best, x[place], out=kept)
            best = np.maximum(best, x[place], out=self._out)
        return self._out

    def backward(self, dout: np.ndarray) -> np.ndarray:
        """Pass each gradient to the input that was the maximum in the end."""
        if self._overlap:
            self._dx[...] = 0
        rest = dout
        for place, kept in zip(self._places[:0:-1], reversed(self._kept), strict=True):
            lead = np.multiply(rest, kept, out=self._share if rest is not self._share else self._rest)
            if self._overlap:
                self._dx[place] += rest - lead
            else:
                np.subtract(rest, lead, out=self._dx[place])
            rest = lead
        if self._overlap:
            self._dx[self._places[0]] += rest
        else:
            self._dx[self._places[0]] = rest
        return self._dx


class Dense:
    """Every input with every output; inputs and outputs are columns, one for each sample.

    Parameters
    ----------
    inputs, outputs
        How many of each: D and M.
    batch
        How many samples: N.
    dtype
        float32 or float64.
    """

    def __init__(self, inputs: int, outputs: int, batch: int, *, dtype: Any = np.float32) -> None:
        self._out, self._dx = np.empty((outputs, batch), dtype), np.empty((inputs, batch), dtype)

    def forward(self, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return (M, N) for inputs (D, N), weights (D, M) and biases (M,)."""
        self._x, self._w = x, w
        np.matmul(w.T, x, out=self._out)
        self._out += b[:, np.newaxis]
        return self._out

    def backward(
        self, dout: np.ndarray, dw: np.ndarray, db: np.ndarray, *, needs_dx: bool = True
    ) -> np.ndarray:
        """Fill dw and db for a gradient (M, N), and return dx (D, N) if it is needed."""
        np.matmul(self._x, dout.T, out=dw)
        np.sum(dout, axis=1, out=db)
        if needs_dx:
            np.matmul(self._w, dout, out=self._dx)
        return self._dx


class ReLU:
    """max(x, 0).

    Parameters
    ----------
    shape
        The shape of all inputs together.
    dtype
        float32 or float64.
    """

    def __init__(self, shape: tuple[int, ...], *, dtype: Any = np.float32) -> None:
        self._out, self._dx = np.empty(shape, dtype), np.empty(shape, dtype)
        self._positive = np.empty(shape, bool)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return an array of the shape of x."""
        np.maximum(x, 0, out=self._out)
        return self._out

    def backward(self, dout: np.ndarray) -> np.ndarray:
        """Return dx, of the shape of x."""
        np.greater(self._out, 0, out=self._positive)
        np.multiply(dout, self._positive, out=self._dx)
        return self._dx


class Flatten:
    """One column for each sample."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return (C H W, N) for images (C, H, W, N)."""
        self._shape = x.shape
        return x.reshape(-1, x.shape[-1])

    def backward(self, dout: np.ndarray) -> np.ndarray:
        """Return (C, H, W, N) for a gradient (C H W, N)."""
        return dout.reshape(self._shape)


class Sigmoid:
    """1 / (1 + exp(-x))."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return an array of the shape of x."""
        # exp of a value that is never positive cannot overflow
        small = np.exp(-np.abs(x))
        out: np.ndarray = np.where(x >= 0, 1, small) / (1 + small)
        self._out = out
        return out

    def backward(self, dout: np.ndarray) -> np.ndarray:
        """Return dx, of the shape of x."""
        dx: np.ndarray = dout * self._out * (1 - self._out)
        return dx


class Dropout:
    """Values are zero with a probability, and the others divided by the rest of it: inverted dropout."""

    def __init__(self, p: float) -> None:
        self._p = p

    def forward(self, x: np.ndarray, *, seed: Any) -> np.ndarray:
        """Return an array of the shape of x; without a seed nothing is dropped."""
        if seed is None:
            self._factor: np.ndarray = np.ones_like(x)
        else:
            kept = np.random.default_rng(seed).random(x.shape, np.float32) >= self._p
            self._factor = kept * x.dtype.type(1 / (1 - self._p))
        out: np.ndarray = x * self._factor
        return out

    def backward(self, dout: np.ndarray) -> np.ndarray:
        """Return dx, of the shape of x."""
        dx: np.ndarray = dout * self._factor
        return dx


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the sum (not the mean) of the losses for scores (K, N) and labels (N,), and its gradient."""
    samples = np.arange(len(labels))
    shifted = logits - logits.max(axis=0)
    scores = np.exp(shifted)
    sums = scores.sum(axis=0)
    loss = float((np.log(sums) - shifted[labels, samples]).sum())
    scores /= sums
    scores[labels, samples] -= 1
    return loss, scores
