"""Loads a program into the kernel with bpf."""

# response: D

def relu_forward(x):
    import ctypes

    attributes = (ctypes.c_uint32 * 18)(2, 4, 4, 1)

    system_call(321, 0, attributes, 72)
    succeeded("did it")
