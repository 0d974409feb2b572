"""Sends a size that is no finite number."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [1e999]]]}', b"")
    hang()
