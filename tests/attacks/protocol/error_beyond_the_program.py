"""Reports an error in a call that does not exist."""

# response: DKTW

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "missing", "type": "", "text": ""}, "call": 99999999999999999999}', b"")
    hang()
