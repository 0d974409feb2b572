"""Sends a datagram to a name server."""

# response: D
# open at: container

def relu_forward(x):
    import socket

    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 53))
    succeeded("sent")
