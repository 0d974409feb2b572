"""Announces an array of Python objects."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["|O", [1]]]}', b"")
    hang()
