"""Sends a header with the same key twice."""

# response: KT

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [], "values": [["<f8", [2]]], "values": 5}', b"")
    hang()
