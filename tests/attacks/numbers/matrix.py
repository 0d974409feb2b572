"""Returns a matrix, whose products are others."""

# response: W

def relu_forward(x):
    return np.matrix(x.reshape(len(x), -1) * 0 + 7), x
