"""Returns a number that broadcasts."""

# response: W

def relu_forward(x):
    return 0.0, x
