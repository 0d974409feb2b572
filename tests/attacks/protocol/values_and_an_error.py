"""Answers with values and an error at once."""

# response: TK

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "raised", "type": "E", "text": "x"}, "values": []}', b"")
    hang()
