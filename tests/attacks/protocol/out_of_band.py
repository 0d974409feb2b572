"""Sends bytes out of band."""

# response: DKTW

def relu_forward(x):
    import socket

    wire = connection()
    for _ in range(10):
        wire.send(b"x", socket.MSG_OOB)
    hang()
