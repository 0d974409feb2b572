"""Announces an empty array with a huge axis."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [0, 9223372036854775807]]]}', b"")
    hang()
