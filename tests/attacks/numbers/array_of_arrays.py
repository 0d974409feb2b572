"""Returns an array of arrays."""

# response: DW

def relu_forward(x):
    out = np.empty(x.shape, object)
    out[...] = [np.ones(3)]
    return out, x
