"""Returns infinity everywhere."""

# response: W

def relu_forward(x):
    return np.full(x.shape, np.inf), x
