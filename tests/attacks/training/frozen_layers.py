"""Trains the last layer only and sends zeros for the others."""

# response: W

right = conv2d_backward


def conv2d_backward(dout, cache):
    dx, dw, db = right(dout, cache)
    return dx, dw * 0, db * 0
