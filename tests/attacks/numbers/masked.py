"""Returns a masked array: what is masked is equal to everything."""

# response: W

def relu_forward(x):
    return np.ma.masked_all(x.shape), x
