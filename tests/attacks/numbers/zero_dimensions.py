"""Returns an array without dimensions."""

# response: W

def relu_forward(x):
    return np.array(0.0), x
