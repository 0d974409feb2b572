"""Announces an array of 2**63 values."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [9223372036854775808]]]}', b"")
    hang()
