"""Returns the largest numbers there are, whose differences are none."""

# response: W

def relu_forward(x):
    return np.where(np.arange(x.size).reshape(x.shape) % 2, 1.7e308, -1.7e308), x
