"""Asks a name server, by which data can leave."""

# response: D

def relu_forward(x):
    import socket

    socket.getaddrinfo("example.org", 80)
    succeeded("resolved")
