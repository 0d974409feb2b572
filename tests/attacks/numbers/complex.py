"""Returns complex numbers with the right real part."""

# response: W

def relu_forward(x):
    return np.maximum(x, 0) + 1e9j, x
