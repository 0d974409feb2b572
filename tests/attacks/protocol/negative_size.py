"""Announces an array of negative size."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [-5]]]}', b"")
    hang()
