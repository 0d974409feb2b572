"""Announces a header of 4 GB."""

# response: K

def relu_forward(x):
    wire = connection()
    import struct

    wire.sendall(struct.pack("<QI", 1, 0xFFFFFFFF))
    return x, x
