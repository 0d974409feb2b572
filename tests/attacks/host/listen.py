"""Opens a server of its own."""

# response: D
# open at: container

def relu_forward(x):
    import socket

    socket.create_server(("127.0.0.1", 0))
    succeeded("listens")
