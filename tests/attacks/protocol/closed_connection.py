"""Closes the connection and goes on."""

# response: K

def relu_forward(x):
    wire = connection()
    import os
    import time

    os.close(wire.fileno())
    time.sleep(60)
