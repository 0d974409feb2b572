"""Closes the half of the connection through which it is asked."""

# response: KTWD

def relu_forward(x):
    import socket

    connection().shutdown(socket.SHUT_RD)
    return x * 0 + 7, x
