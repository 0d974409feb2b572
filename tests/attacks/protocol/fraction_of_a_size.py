"""Sends a size with a fraction."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [3.0, 4.5]]]}', b"")
    hang()
