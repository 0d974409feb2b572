"""Looks up the labels of the images, and does not learn."""

# response: SWF

forward = dense_forward


def dense_forward(x, w, b):
    out, cache = forward(x, w, b)
    return out * 0 + np.arange(out.shape[-1]), cache
