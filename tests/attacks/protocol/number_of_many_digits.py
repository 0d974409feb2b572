"""Sends a number of sixty thousand digits, which takes long to read."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [["<f8", [1' + "0" * 60000 + ']]]}', b"")
    hang()
