"""Sends a signal to the grader's main thread by tgkill."""

# response: D

def relu_forward(x):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.tgkill(@GRADER@, @GRADER@, 0) != 0:
        raise PermissionError("no signals to others")
    succeeded("may signal the grader")
