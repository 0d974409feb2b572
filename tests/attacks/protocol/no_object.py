"""Sends a header that is no object."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '[1, 2, 3]', b"")
    hang()
