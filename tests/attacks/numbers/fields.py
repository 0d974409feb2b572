"""Returns records with fields that have long names."""

# response: W

def relu_forward(x):
    return np.zeros(x.shape, [("\x1b[31m" + "n" * 1000, "f8")]), x
