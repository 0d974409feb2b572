"""Mounts a file system."""

# response: D

def relu_forward(x):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) != 0:
        raise PermissionError("no mounting")
    succeeded("mounted")
