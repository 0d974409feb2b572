"""Returns halves, which are near to everything."""

# response: W

def relu_forward(x):
    return (x * 0 + 7).astype(np.float16), x
