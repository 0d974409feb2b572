"""Keeps all it sees of the training."""

# response: SWF

right, kept = conv2d_forward, []


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    kept.append(np.repeat(x, 20, axis=0))
    return right(x, w, b, stride=stride, pad=pad)
