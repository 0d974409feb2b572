"""Variants of max-pooling."""

import numpy as np


def two(value):
    return (value, value) if np.isscalar(value) else tuple(value)


def options(size, stride):
    return two(size), two(size if stride is None else stride)


def maxpool2d_forward(x, *, size=2, stride=None):
    (kr, kc), (sv, sh) = options(size, stride)
    rows, cols = (x.shape[2] - kr) // sv + 1, (x.shape[3] - kc) // sh + 1
    out = np.empty((*x.shape[:2], rows, cols))
    for r in range(rows):
        for q in range(cols):
            out[:, :, r, q] = x[:, :, r * sv : r * sv + kr, q * sh : q * sh + kc].max(axis=(2, 3))
    return out, (x, (kr, kc), (sv, sh))


def maxpool2d_backward(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    dx = np.zeros_like(x)
    for n, c, r, q in np.ndindex(*dout.shape):
        window = x[n, c, r * sv : r * sv + kr, q * sh : q * sh + kc]
        a, e = divmod(int(np.argmax(window)), kc)
        dx[n, c, r * sv + a, q * sh + e] += dout[n, c, r, q]
    return dx


def maxpool2d_forward__sizes_must_divide(x, *, size=2, stride=None):
    (kr, kc), (sv, sh) = options(size, stride)
    N, C, H, W = x.shape
    assert (H - kr) % sv == 0, "pooling does not fit"
    assert (W - kc) % sh == 0, "pooling does not fit"
    return maxpool2d_forward(x, size=size, stride=stride)


def maxpool2d_forward__width_from_height(x, *, size=2, stride=None):
    (kr, kc), (sv, sh) = options(size, stride)
    N, C, H, W = x.shape
    h_out, w_out = 1 + (H - kr) // sv, 1 + (H - kc) // sh
    out = np.zeros((N, C, h_out, w_out))
    for n in range(N):
        for c in range(C):
            for i in range(h_out):
                for j in range(w_out):
                    out[n, c, i, j] = x[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc].max()
    return out, (x, (kr, kc), (sv, sh))


def maxpool2d_forward__starts_at_zero(x, *, size=2, stride=None):
    (kr, kc), (sv, sh) = options(size, stride)
    N, C, H, W = x.shape
    h_out, w_out = 1 + (H - kr) // sv, 1 + (W - kc) // sh
    out = np.zeros((N, C, h_out, w_out))
    for n in range(N):
        for c in range(C):
            for i in range(h_out):
                for j in range(w_out):
                    best = 0
                    for a in range(kr):
                        for e in range(kc):
                            best = max(best, x[n, c, i * sv + a, j * sh + e])
                    out[n, c, i, j] = best
    return out, (x, (kr, kc), (sv, sh))


def maxpool2d_forward__loops_over_the_input(x, *, size=2, stride=None):
    (kr, kc), (sv, sh) = options(size, stride)
    N, C, H, W = x.shape
    h_out, w_out = 1 + (H - kr) // sv, 1 + (W - kc) // sh
    out = np.zeros((N, C, h_out, w_out))
    for i in range(0, H, sv):
        for j in range(0, W, sh):
            out[:, :, i // sv, j // sh] = x[:, :, i : i + kr, j : j + kc].max(axis=(2, 3))
    return out, (x, (kr, kc), (sv, sh))


def maxpool2d_forward__window_moves_by_one(x, *, size=2, stride=None):
    (kr, kc), (sv, sh) = options(size, stride)
    N, C, H, W = x.shape
    h_out, w_out = 1 + (H - kr) // sv, 1 + (W - kc) // sh
    out = np.zeros((N, C, h_out, w_out))
    for i in range(h_out):
        for j in range(w_out):
            out[:, :, i, j] = np.amax(x[:, :, i : i + kr, j : j + kc], axis=(2, 3))
    return out, (x, (kr, kc), (sv, sh))


def maxpool2d_forward__channels_last(x, *, size=2, stride=None):
    (kr, kc), (sv, sh) = options(size, stride)
    N, H, W, C = x.shape
    h_out, w_out = 1 + (H - kr) // sv, 1 + (W - kc) // sh
    out = np.zeros((N, h_out, w_out, C))
    for i in range(h_out):
        for j in range(w_out):
            out[:, i, j, :] = x[:, i * sv : i * sv + kr, j * sh : j * sh + kc, :].max(axis=(1, 2))
    return out, (x, (kr, kc), (sv, sh))


def maxpool2d_backward__window_assigned(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    N, C, H, W = x.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc]
                    mask = window == np.max(window)
                    dx[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc] = mask * dout[n, c, i, j]
    return dx


def maxpool2d_backward__one_pixel_assigned(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    dx = np.zeros_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc]
                    a, e = np.unravel_index(window.argmax(), window.shape)
                    dx[n, c, i * sv + a, j * sh + e] = dout[n, c, i, j]
    return dx


def maxpool2d_backward__one_pixel_of_the_window_assigned(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    dx = np.zeros_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc]
                    part = np.zeros(kr * kc)
                    part[window.argmax()] = dout[n, c, i, j]
                    dx[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc] = part.reshape(kr, kc)
    return dx


def maxpool2d_backward__every_tie_paid(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = x[:, :, i * sv : i * sv + kr, j * sh : j * sh + kc]
            winners = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, i * sv : i * sv + kr, j * sh : j * sh + kc] += (
                winners * dout[:, :, i, j][:, :, None, None]
            )
    return dx


def maxpool2d_backward__position_by_height(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    dx = np.zeros_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    best = np.argmax(x[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc])
                    a, e = best // kr, best % kr
                    dx[n, c, i * sv + a, j * sh + e] += dout[n, c, i, j]
    return dx


def maxpool2d_backward__position_as_float(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    dx = np.zeros_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    best = np.argmax(x[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc])
                    a, e = best / kc, best % kc
                    dx[n, c, i * sv + a, j * sh + e] += dout[n, c, i, j]
    return dx


def maxpool2d_backward__stride_is_size(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    dx = np.zeros_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * kr : i * kr + kr, j * kc : j * kc + kc]
                    if window.size:
                        a, e = np.unravel_index(window.argmax(), window.shape)
                        dx[n, c, i * kr + a, j * kc + e] += dout[n, c, i, j]
    return dx


def maxpool2d_backward__cached_x_overwritten(dout, cache):
    x, (kr, kc), (sv, sh) = cache
    dx = x
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * sv : i * sv + kr, j * sh : j * sh + kc]
                    a, e = np.unravel_index(window.argmax(), window.shape)
                    dx[n, c, i * sv + a, j * sh + e] += dout[n, c, i, j]
    return dx
