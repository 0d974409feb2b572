"""Sends a header that is not UTF-8."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, b"\xff\xfe\x00{}", b"")
    hang()
