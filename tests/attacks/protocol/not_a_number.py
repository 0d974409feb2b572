"""Sends NaN where JSON has none."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": NaN}', b"")
    hang()
