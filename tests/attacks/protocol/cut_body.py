"""Sends half of an array and nothing more."""

# response: T

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [1000]]]}', bytes(4000))
    hang()
