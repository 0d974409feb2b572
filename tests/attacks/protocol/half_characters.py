"""Sends names with halves of characters."""

# response: WTD

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": "raised", "type": "\\ud800", "text": "\\udfff\\u0000"}, "call": 0}', b"")
    hang()
