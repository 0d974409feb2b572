"""Returns its values along an axis that broadcasts with every other."""

# response: W

def relu_forward(x):
    return np.resize(x, (x.size, 1, 1, 1, 1, 1)), x
