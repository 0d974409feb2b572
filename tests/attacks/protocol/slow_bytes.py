"""Sends a byte a second, for ever."""

# response: T

def relu_forward(x):
    wire = connection()
    import struct
    import time

    while True:
        wire.sendall(b"\0")
        time.sleep(0.2)
