"""Returns one value in six dimensions."""

# response: W

def relu_forward(x):
    return np.resize(x, (1,) * 6), x
