"""Returns numbers as text."""

# response: W

def relu_forward(x):
    return np.maximum(x, 0).astype(str), x
