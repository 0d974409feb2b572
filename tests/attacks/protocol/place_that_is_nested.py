"""Says that an error was raised in a list of lists."""

# response: TD

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "raised", "where": ' + "[" * 900 + "]" * 900 + '}, "call": 0}', b"")
    hang()
