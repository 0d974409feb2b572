"""Returns numbers of sixteen bytes."""

# response: W

def relu_forward(x):
    return (x * 0 + 7).astype(np.longdouble), x
