"""Returns an array whose memory lies beyond its end."""

# response: WKDT

def relu_forward(x):
    return np.lib.stride_tricks.as_strided(x, x.shape, tuple(1 << 30 for _ in x.shape)), x
