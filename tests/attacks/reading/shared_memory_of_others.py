"""Reads a segment of shared memory that everybody may read."""

# response: D
# open at: container

def relu_forward(x):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    address = libc.shmat(@SEGMENT@, None, 0o10000)
    if address == ctypes.c_void_p(-1).value:
        raise PermissionError("no segment")
    succeeded(ctypes.string_at(address))
