"""Answers that the function is missing."""

# response: WT

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "missing"}, "call": 0}', b"")
    hang()
