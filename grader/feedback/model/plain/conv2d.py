"""The convolution in its plain forms."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def forward_by_windows(x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int) -> Array:
    """Multiply each window with each filter."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    OH = (H + 2 * p0 - KH) // s0 + 1  # the height of the output
    OW = (W + 2 * p1 - KW) // s1 + 1  # the width of the output
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padded image
    out = np.zeros((N, F, OH, OW))  # the shape of the output
    for n in range(N):  # the loop over images
        for f in range(F):  # the loop over filters
            for i in range(OH):  # the loop over output rows
                for j in range(OW):  # the loop over output columns
                    window = xp[n, :, i * s0 : i * s0 + KH, j * s1 : j * s1 + KW]  # the window
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]  # the output
    return out


def forward_by_corners(x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int) -> Array:
    """Visit the corners of windows in the padded image."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    OH = (H + 2 * p0 - KH) // s0 + 1  # the height of the output
    OW = (W + 2 * p1 - KW) // s1 + 1  # the width of the output
    xp = np.zeros((N, C, H + 2 * p0, W + 2 * p1))  # the size of the padded image
    xp[:, :, p0 : p0 + H, p1 : p1 + W] = x  # the place of the image in the padded one
    out = np.zeros((N, F, OH, OW))  # the shape of the output
    for i in range(0, H + 2 * p0 - KH + 1, s0):  # the loop over window corners
        for j in range(0, W + 2 * p1 - KW + 1, s1):  # the loop over window corners
            for f in range(F):  # the loop over filters
                window = xp[:, :, i : i + KH, j : j + KW]  # the window
                out[:, f, i // s0, j // s1] = np.sum(window * w[f], axis=(1, 2, 3)) + b[f]  # the output
    return out


def forward_by_scalars(x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int) -> Array:
    """Multiply and add number by number."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    OH = (H + 2 * p0 - KH) // s0 + 1  # the height of the output
    OW = (W + 2 * p1 - KW) // s1 + 1  # the width of the output
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padded image
    out = np.zeros((N, F, OH, OW))  # the shape of the output
    for f in range(F):  # the loop over filters
        for i in range(OH):  # the loop over output rows
            for j in range(OW):  # the loop over output columns
                for c in range(C):  # the loop over channels
                    for k in range(KH):  # the loop over kernel rows
                        for m in range(KW):  # the loop over kernel columns
                            out[:, f, i, j] += xp[:, c, i * s0 + k, j * s1 + m] * w[f, c, k, m]  # the output
                out[:, f, i, j] += b[f]  # the bias
    return out


def forward_by_channels(x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int) -> Array:
    """Add up what each channel gives."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    OH = (H + 2 * p0 - KH) // s0 + 1  # the height of the output
    OW = (W + 2 * p1 - KW) // s1 + 1  # the width of the output
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padded image
    out = np.zeros((N, F, OH, OW))  # the shape of the output
    for n in range(N):  # the loop over images
        for f in range(F):  # the loop over filters
            for i in range(OH):  # the loop over output rows
                for j in range(OW):  # the loop over output columns
                    total = 0.0
                    for c in range(C):  # the loop over channels
                        window = xp[n, c, i * s0 : i * s0 + KH, j * s1 : j * s1 + KW]  # the window
                        total += np.sum(window * w[f, c])  # the sum over channels
                    out[n, f, i, j] = total + b[f]  # the output
    return out


def forward_by_taps(x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int) -> Array:
    """Add up what each position of the kernel gives."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    OH = (H + 2 * p0 - KH) // s0 + 1  # the height of the output
    OW = (W + 2 * p1 - KW) // s1 + 1  # the width of the output
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padded image
    out = np.zeros((N, F, OH, OW))  # the shape of the output
    for k in range(KH):  # the loop over kernel rows
        for m in range(KW):  # the loop over kernel columns
            pixels = xp[:, :, k : k + OH * s0 : s0, m : m + OW * s1 : s1]  # the pixels under a tap
            out += np.einsum("ncij,fc->nfij", pixels, w[:, :, k, m])  # the sum over the kernel
    return out + b[None, :, None, None]  # the bias


def forward_by_columns(x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int) -> Array:
    """Lay windows out as columns of a matrix."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    OH = (H + 2 * p0 - KH) // s0 + 1  # the height of the output
    OW = (W + 2 * p1 - KW) // s1 + 1  # the width of the output
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padded image
    columns = np.zeros((N, OH * OW, C * KH * KW))  # the shape of the columns
    for i in range(OH):  # the loop over output rows
        for j in range(OW):  # the loop over output columns
            window = xp[:, :, i * s0 : i * s0 + KH, j * s1 : j * s1 + KW]  # the window
            columns[:, i * OW + j] = window.reshape(N, -1)  # the place of a window among the columns
    out = columns @ w.reshape(F, -1).T + b  # the matrix product
    return out.transpose(0, 2, 1).reshape(N, F, OH, OW)  # the order of the axes of the output


Gradients = tuple[Array, Array, Array]


def backward_by_windows(
    dout: Array, x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int
) -> Gradients:
    """Hand each output's gradient back to its window and to its filter."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    N, F, OH, OW = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padding of x in dw
    dxp = np.zeros((N, C, H + 2 * p0, W + 2 * p1))  # the size of dx with its padding
    dw = np.zeros(w.shape)  # the array of dw
    db = np.zeros(b.shape)  # the array of db
    for n in range(N):  # the loop over images
        for f in range(F):  # the loop over filters
            db[f] += np.sum(dout[n, f])  # db
            for i in range(OH):  # the loop over output rows
                for j in range(OW):  # the loop over output columns
                    dw[f] += xp[n, :, i * s0 : i * s0 + KH, j * s1 : j * s1 + KW] * dout[n, f, i, j]  # dw
                    dxp[n, :, i * s0 : i * s0 + KH, j * s1 : j * s1 + KW] += w[f] * dout[n, f, i, j]  # dx
    dx = dxp[:, :, p0 : p0 + H, p1 : p1 + W]  # the crop of dx
    return dx, dw, db  # the order of what is returned


def backward_by_taps(
    dout: Array, x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int
) -> Gradients:
    """Hand gradients back for each position of the kernel."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    N, F, OH, OW = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padding of x in dw
    dxp = np.zeros((N, C, H + 2 * p0, W + 2 * p1))  # the size of dx with its padding
    dw = np.zeros(w.shape)  # the array of dw
    db = np.sum(dout, axis=(0, 2, 3))  # db
    for k in range(KH):  # the loop over kernel rows
        for m in range(KW):  # the loop over kernel columns
            pixels = xp[:, :, k : k + OH * s0 : s0, m : m + OW * s1 : s1]  # the pixels under a tap in dw
            dw[:, :, k, m] += np.einsum("nfij,ncij->fc", dout, pixels)  # dw
            shares = np.einsum("nfij,fc->ncij", dout, w[:, :, k, m])  # dx
            dxp[:, :, k : k + OH * s0 : s0, m : m + OW * s1 : s1] += shares  # dx
    dx = dxp[:, :, p0 : p0 + H, p1 : p1 + W]  # the crop of dx
    return dx, dw, db  # the order of what is returned


def backward_by_scalars(
    dout: Array, x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int
) -> Gradients:
    """Hand gradients back number by number, into dx itself."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    N, F, OH, OW = dout.shape
    dx = np.zeros(x.shape)  # the array of dx
    dw = np.zeros(w.shape)  # the array of dw
    db = np.zeros(b.shape)  # the array of db
    for f in range(F):  # the loop over filters
        for i in range(OH):  # the loop over output rows
            for j in range(OW):  # the loop over output columns
                db[f] += np.sum(dout[:, f, i, j])  # db
                for k in range(KH):  # the loop over kernel rows
                    for m in range(KW):  # the loop over kernel columns
                        p = i * s0 + k - p0  # the row of a pixel
                        q = j * s1 + m - p1  # the column of a pixel
                        if 0 <= p < H and 0 <= q < W:
                            dw[f, :, k, m] += np.sum(x[:, :, p, q] * dout[:, f, i, j, None], axis=0)  # dw
                            dx[:, :, p, q] += w[f, :, k, m] * dout[:, f, i, j, None]  # dx
    return dx, dw, db  # the order of what is returned


def backward_by_correlation(
    dout: Array, x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int
) -> Gradients:
    """Correlate the spread gradient with rotated filters."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    N, F, OH, OW = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padding of x in dw
    spread = np.zeros((N, F, (OH - 1) * s0 + 1, (OW - 1) * s1 + 1))  # the size of the spread gradient
    spread[:, :, ::s0, ::s1] = dout  # the spread of the gradient
    dw = np.zeros(w.shape)  # the array of dw
    for k in range(KH):  # the loop over kernel rows
        for m in range(KW):  # the loop over kernel columns
            pixels = xp[:, :, k : k + (OH - 1) * s0 + 1, m : m + (OW - 1) * s1 + 1]  # the pixels in dw
            dw[:, :, k, m] = np.einsum("nfij,ncij->fc", spread, pixels)  # dw
    below = H + 2 * p0 - (OH - 1) * s0 - 1  # the spread gradient's margin
    right = W + 2 * p1 - (OW - 1) * s1 - 1  # the spread gradient's margin
    wide = np.pad(spread, ((0, 0), (0, 0), (KH - 1, below), (KW - 1, right)))  # the spread gradient's margin
    rotated = w[:, :, ::-1, ::-1]  # the rotation of the kernel
    dxp = np.zeros((N, C, H + 2 * p0, W + 2 * p1))  # the size of dx with its padding
    for i in range(H + 2 * p0):  # the loop over rows of dx
        for j in range(W + 2 * p1):  # the loop over columns of dx
            dxp[:, :, i, j] = np.einsum("nfkm,fckm->nc", wide[:, :, i : i + KH, j : j + KW], rotated)  # dx
    dx = dxp[:, :, p0 : p0 + H, p1 : p1 + W]  # the crop of dx
    db = np.einsum("nfij->f", dout)  # db
    return dx, dw, db  # the order of what is returned


def backward_by_columns(
    dout: Array, x: Array, w: Array, b: Array, s0: int, s1: int, p0: int, p1: int
) -> Gradients:
    """Transpose the matrix product, then add columns up to images."""
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    N, F, OH, OW = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))  # the padding of x in dw
    dxp = np.zeros((N, C, H + 2 * p0, W + 2 * p1))  # the size of dx with its padding
    columns = np.zeros((N, OH * OW, C * KH * KW))
    for i in range(OH):  # the loop over output rows
        for j in range(OW):  # the loop over output columns
            window = xp[:, :, i * s0 : i * s0 + KH, j * s1 : j * s1 + KW]  # the window in dw
            columns[:, i * OW + j] = window.reshape(N, -1)  # the place of a window among the columns
    outputs = dout.reshape(N, F, OH * OW).transpose(0, 2, 1)  # the order of the axes of dout
    dw = np.einsum("npf,npk->fk", outputs, columns).reshape(F, C, KH, KW)  # dw
    shares = (outputs @ w.reshape(F, -1)).reshape(N, OH, OW, C, KH, KW)  # dx
    for i in range(OH):  # the loop over output rows
        for j in range(OW):  # the loop over output columns
            dxp[:, :, i * s0 : i * s0 + KH, j * s1 : j * s1 + KW] += shares[:, i, j]  # dx
    dx = dxp[:, :, p0 : p0 + H, p1 : p1 + W]  # the crop of dx
    db = outputs.sum(axis=(0, 1))  # db
    return dx, dw, db  # the order of what is returned
