"""Reads the log of the kernel."""

# response: D

def relu_forward(x):
    import ctypes

    buffer = ctypes.create_string_buffer(1000)

    system_call(103, 3, buffer, 1000)
    succeeded("did it")
