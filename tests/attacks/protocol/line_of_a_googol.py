"""Says that line 10**4000 raised."""

# response: TD

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "raised", "type": "E", "text": "", "where": ["layers.py", 1' + "0" * 4000 + ', "f", "x"]}, "call": 0}', b"")
    hang()
