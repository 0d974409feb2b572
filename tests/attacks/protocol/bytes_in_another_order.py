"""Announces numbers whose bytes come in another order."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [[">f8", [1]]]}', bytes(8))
    hang()
