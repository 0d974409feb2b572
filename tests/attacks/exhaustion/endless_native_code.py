"""Never returns from compiled code."""

# response: T

def relu_forward(x):
    import ctypes

    ctypes.CDLL(None).pause()
