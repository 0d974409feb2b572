"""Does forbidden calls through io_uring."""

# response: D
# open at: container

def relu_forward(x):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(425, 8, ctypes.create_string_buffer(200)) < 0:
        raise PermissionError("no io_uring")
    succeeded("has a ring")
