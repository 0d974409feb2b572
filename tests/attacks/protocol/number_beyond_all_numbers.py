"""Sends a size of a thousand digits."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [1' + "0" * 1000 + ']]]}', b"")
    hang()
