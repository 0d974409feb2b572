"""Listens to all packets of the machine."""

# response: D

def relu_forward(x):
    import socket

    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300)
    succeeded("listens")
