"""Answers that the function is not written yet."""

# response: WT

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "not_implemented"}, "call": 0}', b"")
    hang()
