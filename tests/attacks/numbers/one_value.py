"""Returns one value that broadcasts."""

# response: W

def relu_forward(x):
    return np.zeros(1), x
