"""Sends the largest header that there may be, all of it values."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [' + ",".join(['["<f8",[]]'] * 5900) + ']}', b"")
    hang()
