"""Returns dates."""

# response: W

def relu_forward(x):
    return np.zeros(x.shape, "datetime64[ns]"), x
