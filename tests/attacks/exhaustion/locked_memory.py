"""Locks a quarter of a gigabyte into memory."""

# response: DT

def relu_forward(x):
    import ctypes

    block = np.ones(32 << 20)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlock(ctypes.c_void_p(block.ctypes.data), ctypes.c_size_t(block.nbytes)):
        raise MemoryError("not locked")
    succeeded("it is locked")
