"""Returns eight million values along one axis, to broadcast with the right ones."""

# response: W

def relu_forward(x):
    return np.ones((500_000, 1, 1, 1, 1, 1)), x
