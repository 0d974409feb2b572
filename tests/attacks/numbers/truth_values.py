"""Returns truth values, which are numbers in Python."""

# response: W

def relu_forward(x):
    return x > 0, x
