"""Frees the memory of the array that it returns."""

# response: WKDT

def relu_forward(x):
    import ctypes

    out = np.zeros(1 << 20)
    ctypes.CDLL(None).free(ctypes.c_void_p(out.ctypes.data))
    return out, x
