"""Answers with an object where a list of values is expected."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": {"out": 1}}', b"")
    hang()
