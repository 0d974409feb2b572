"""Announces a type that is a list, which no table can be asked for."""

# response: K

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"values": [[["<f8", "<f8"], [1]]]}', b"")
    hang()
