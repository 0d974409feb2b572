"""Announces sizes that are no integers."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [true, 1.5, "3"]]]}', b"")
    hang()
