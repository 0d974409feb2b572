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
    raise NotImplementedError("dense_forward is not written yet: task 1, Dense layer")


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
    raise NotImplementedError("dense_backward is not written yet: task 1, Dense layer")


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
    raise NotImplementedError("relu_forward is not written yet: task 2, ReLU")


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
    raise NotImplementedError("relu_backward is not written yet: task 2, ReLU")


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
    raise NotImplementedError("conv2d_forward is not written yet: task 4, Convolution")


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
    raise NotImplementedError("conv2d_backward is not written yet: task 4, Convolution")


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
    raise NotImplementedError("maxpool2d_forward is not written yet: task 5, Max-pooling")


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
    raise NotImplementedError("maxpool2d_backward is not written yet: task 5, Max-pooling")


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
    raise NotImplementedError("sigmoid_forward is not written yet: task 8, Sigmoid")


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
    raise NotImplementedError("sigmoid_backward is not written yet: task 8, Sigmoid")


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
    raise NotImplementedError("dropout_forward is not written yet: task 11, Dropout")


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
    raise NotImplementedError("dropout_backward is not written yet: task 11, Dropout")
