"""Sends an answer before it is asked, as if the request could be guessed."""

# response: K

def relu_forward(x):
    wire = connection()
    import struct

    text = b'{"values": [["<f8", [3]]]}'
    for number in range(1000):
        wire.sendall(struct.pack("<QI", number, len(text)) + text + bytes(24))
    return x, x
