"""Returns its values in one row of six dimensions."""

# response: W

def relu_forward(x):
    return np.resize(x, (1, 1, 1, 1, 1, x.size)), x
