"""Reports an error in call number 10**4000."""

# response: TD

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "raised", "type": "E", "text": "x"}, "call": 1' + "0" * 4000 + '}', b"")
    hang()
