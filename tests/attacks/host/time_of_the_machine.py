"""Sets the clock of the machine, to what it shows."""

# response: D

def relu_forward(x):
    import ctypes
    import time as clock

    time = (ctypes.c_int64 * 2)(int(clock.time()), 0)

    system_call(227, 0, time)
    succeeded("did it")
