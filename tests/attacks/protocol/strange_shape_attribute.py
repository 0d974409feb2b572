"""Returns an array of a class that lies about its shape."""

# response: DKW

class Liar(np.ndarray):
    shape = property(lambda self: ("a", None, -1))
    ndim = property(lambda self: -5)
    dtype = property(lambda self: "nothing")


def relu_forward(x):
    return x.view(Liar), x
