"""Connects to a server on this machine."""

# response: D
# open at: container

def relu_forward(x):
    import socket

    with socket.create_connection(("127.0.0.1", @PORT@), timeout=5) as connection:
        connection.sendall(b"hello")
    succeeded("connected")
