"""Sends bytes without end."""

# response: K

def relu_forward(x):
    wire = connection()
    while True:
        wire.sendall(bytes(1 << 20))
