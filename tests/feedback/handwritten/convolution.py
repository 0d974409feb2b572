"""Variants of the convolution."""

import numpy as np


def two(value):
    return (value, value) if np.isscalar(value) else tuple(value)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    batch, _, rows, cols = x.shape
    filters, _, kr, kc = w.shape
    out_rows, out_cols = (rows + 2 * pv - kr) // sv + 1, (cols + 2 * ph - kc) // sh + 1
    padded = np.pad(x, [(0, 0), (0, 0), (pv, pv), (ph, ph)])
    out = np.empty((batch, filters, out_rows, out_cols))
    for r in range(out_rows):
        for q in range(out_cols):
            patch = padded[:, :, r * sv : r * sv + kr, q * sh : q * sh + kc]
            out[:, :, r, q] = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__sizes_must_divide(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    if (x.shape[2] + 2 * pv - w.shape[2]) % sv != 0 or (x.shape[3] + 2 * ph - w.shape[3]) % sh != 0:
        raise ValueError("invalid stride: the filter does not tile the image")
    return conv2d_forward(x, w, b, stride=stride, pad=pad)


def conv2d_forward__size_with_a_slash(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = 1 + (H + 2 * pv - HH) / sv
    W_out = 1 + (W + 2 * ph - WW) / sh
    out = np.zeros((N, F, H_out, W_out))
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__padding_one_with_size_from_pad(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), "constant")
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    block = x_pad[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW]
                    out[n, f, i, j] = (block * w[f]).sum() + b[f]
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__padding_not_done(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    out[n, f, i, j] = (
                        np.sum(x[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW] * w[f]) + b[f]
                    )
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__bias_for_each_element(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    block = x_pad[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW]
                    out[n, f, i, j] = np.sum(block * w[f] + b[f])
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__overwritten_taps(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    for a in range(HH):
        for e in range(WW):
            view = x_pad[:, :, a : a + sv * H_out : sv, e : e + sh * W_out : sh]
            out = np.tensordot(view, w[:, :, a, e], axes=(1, 1)).transpose(0, 3, 1, 2)
    return out + b.reshape(1, -1, 1, 1), (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__columns_outside_rows_inside(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    cols = []
    for j in range(W_out):
        for i in range(H_out):
            cols.append(x_pad[:, :, i * sv : i * sv + HH, j * sh : j * sh + WW].reshape(N, -1))
    stacked = np.stack(cols, axis=1)
    out = stacked.dot(w.reshape(F, -1).T) + b
    return out.transpose(0, 2, 1).reshape(N, F, H_out, W_out), (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__width_from_height(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (H + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    block = x_pad[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW]
                    out[n, f, i, j] = np.sum(block * w[f]) + b[f]
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__kernel_height_in_window(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    block = x_pad[n, :, i * sv : i * sv + HH, j * sh : j * sh + HH]
                    out[n, f, i, j] = np.sum(block * w[f]) + b[f]
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__square_output(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    size = 1 + (H + 2 * pv - HH) // sv
    out = np.zeros((N, F, size, size))
    for n in range(N):
        for f in range(F):
            for i in range(size):
                for j in range(size):
                    block = x_pad[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW]
                    out[n, f, i, j] = np.sum(block * w[f]) + b[f]
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__rounded_size(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    H_out = int(round((H + 2 * pv - HH) / sv)) + 1
    W_out = int(round((W + 2 * ph - WW) / sh)) + 1
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    block = x_pad[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW]
                    out[n, f, i, j] = np.sum(block * w[f]) + b[f]
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__loops_over_the_input(x, w, b, *, stride=1, pad=0):
    sv, sh = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(0, H, sv):
                for j in range(0, W, sh):
                    block = x_pad[n, :, i : i + HH, j : j + WW]
                    out[n, f, i // sv, j // sh] = np.sum(block * w[f]) + b[f]
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__strides_exchanged(x, w, b, *, stride=1, pad=0):
    sh, sv = two(stride)
    pv, ph = two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    block = x_pad[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW]
                    out[n, f, i, j] = np.sum(block * w[f]) + b[f]
    return out, (x, w, b, (sv, sh), (pv, ph))


def conv2d_forward__cached_x_overwritten(x, w, b, *, stride=1, pad=0):
    (sv, sh), (pv, ph) = two(stride), two(pad)
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out, W_out = 1 + (H + 2 * pv - HH) // sv, 1 + (W + 2 * ph - WW) // sh
    out = np.zeros((N, F, H_out, W_out))
    x = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    out[n, f, i, j] = (
                        np.sum(x[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW] * w[f]) + b[f]
                    )
    return out, (x, w, b, (sv, sh), (pv, ph))


def gradients(dout, cache):
    """A right backward pass in a student's style, for variants to differ from."""
    x, w, b, (sv, sh), (pv, ph) = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    dx_pad, dw = np.zeros_like(x_pad), np.zeros_like(w)
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * sv, j * sh
                    dw[f] += dout[n, f, i, j] * x_pad[n, :, top : top + HH, left : left + WW]
                    dx_pad[n, :, top : top + HH, left : left + WW] += dout[n, f, i, j] * w[f]
    return dx_pad, dw, dout.sum((0, 2, 3))


def conv2d_backward(dout, cache):
    x, *_, (pv, ph) = cache
    dx_pad, dw, db = gradients(dout, cache)
    return dx_pad[:, :, pv : pv + x.shape[2], ph : ph + x.shape[3]], dw, db


def conv2d_backward__minus_zero_assigned(dout, cache):
    x, _, _, _, (pv, ph) = cache
    dx_pad, dw, db = gradients(dout, cache)
    dx = np.zeros_like(x)
    dx[:, :, :, :] = dx_pad[:, :, pv:-pv, ph:-ph]
    return dx, dw, db


def conv2d_backward__minus_zero(dout, cache):
    (pv, ph) = cache[-1]
    dx_pad, dw, db = gradients(dout, cache)
    return dx_pad[:, :, pv:-pv, ph:-ph], dw, db


def conv2d_backward__cropped_by_one(dout, cache):
    dx_pad, dw, db = gradients(dout, cache)
    return dx_pad[:, :, 1:-1, 1:-1], dw, db


def conv2d_backward__db_divided_by_batch(dout, cache):
    x, *_, (pv, ph) = cache
    dx_pad, dw, db = gradients(dout, cache)
    dx = dx_pad[:, :, pv : pv + x.shape[2], ph : ph + x.shape[3]]
    return dx, dw, db / len(dout)


def conv2d_backward__returned_in_other_order(dout, cache):
    x, *_, (pv, ph) = cache
    dx_pad, dw, db = gradients(dout, cache)
    return dw, dx_pad[:, :, pv : pv + x.shape[2], ph : ph + x.shape[3]], db


def conv2d_backward__overwritten_taps(dout, cache):
    x, w, b, (sv, sh), (pv, ph) = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    _, dw, db = gradients(dout, cache)
    dx_pad = np.zeros((N, C, H + 2 * pv, W + 2 * ph))
    for a in range(HH):
        for e in range(WW):
            share = np.tensordot(dout, w[:, :, a, e], axes=(1, 0)).transpose(0, 3, 1, 2)
            dx_pad[:, :, a : a + sv * H_out : sv, e : e + sh * W_out : sh] = share
    return dx_pad[:, :, pv : pv + H, ph : ph + W], dw, db


def conv2d_backward__overwritten_columns_outside(dout, cache):
    x, w, b, (sv, sh), (pv, ph) = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    _, dw, db = gradients(dout, cache)
    dx_pad = np.zeros((N, C, H + 2 * pv, W + 2 * ph))
    for n in range(N):
        for f in range(F):
            for j in range(W_out):
                for i in range(H_out):
                    dx_pad[n, :, i * sv : i * sv + HH, j * sh : j * sh + WW] = dout[n, f, i, j] * w[f]
    return dx_pad[:, :, pv : pv + H, ph : ph + W], dw, db


def conv2d_backward__stride_forgotten_in_dx(dout, cache):
    x, w, b, (sv, sh), (pv, ph) = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    _, dw, db = gradients(dout, cache)
    dx_pad = np.zeros((N, C, H + 2 * pv, W + 2 * ph))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    dx_pad[n, :, i : i + HH, j : j + WW] += w[f] * dout[n, f, i, j]
    return dx_pad[:, :, pv : pv + H, ph : ph + W], dw, db


def conv2d_backward__strides_exchanged_in_dw(dout, cache):
    x, w, b, (sv, sh), (pv, ph) = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    dx_pad, _, db = gradients(dout, cache)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    dw = np.zeros_like(w)
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    dw[f] += x_pad[n, :, i * sh : i * sh + HH, j * sv : j * sv + WW] * dout[n, f, i, j]
    return dx_pad[:, :, pv : pv + H, ph : ph + W], dw, db


def conv2d_backward__square_crop(dout, cache):
    x, *_, (pv, ph) = cache
    dx_pad, dw, db = gradients(dout, cache)
    H = x.shape[2]
    return dx_pad[:, :, pv : pv + H, ph : ph + H], dw, db


def conv2d_backward__padding_forgotten_in_dw(dout, cache):
    x, w, b, (sv, sh), (pv, ph) = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    dx_pad, _, db = gradients(dout, cache)
    dw = np.zeros_like(w)
    for a in range(HH):
        for e in range(WW):
            view = x[:, :, a : a + sv * H_out : sv, e : e + sh * W_out : sh]
            dw[:, :, a, e] = np.tensordot(
                dout[:, :, : view.shape[2], : view.shape[3]], view, axes=([0, 2, 3],) * 2
            )
    return dx_pad[:, :, pv : pv + H, ph : ph + W], dw, db


def conv2d_backward__two_at_once(dout, cache):
    (pv, ph) = cache[-1]
    dx_pad, dw, db = gradients(dout, cache)
    return dx_pad[:, :, pv:-pv, ph:-ph], dw, db / len(dout)


def conv2d_backward__two_in_dx(dout, cache):
    x, w, b, (sv, sh), (pv, ph) = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    _, dw, db = gradients(dout, cache)
    dx_pad = np.zeros((N, C, H + 2 * pv, W + 2 * ph))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    dx_pad[n, :, i : i + HH, j : j + WW] += w[f] * dout[n, f, i, j]
    return dx_pad[:, :, pv:-pv, ph:-ph], dw, db
