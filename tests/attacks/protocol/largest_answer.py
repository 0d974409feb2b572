"""Answers with all the bytes that there may be, in every call."""

# response: W

def relu_forward(x):
    return np.ones(8 << 20), x
