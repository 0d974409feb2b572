"""Connects to a server on this machine through a socket in a folder."""

# response: D

def relu_forward(x):
    import socket

    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect("@SOCKET@")
    succeeded("connected")
