"""Sends sixty kilobytes of escapes as the text of an error."""

# response: TD

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "raised", "type": "E", "text": "' + "\\u001b" * 10000 + '"}, "call": 0}', b"")
    hang()
