"""Reports an error whose parts are of strange types."""

# response: DKT

def relu_forward(x):
    wire = connection()
    send_reply(wire, '{"error": {"kind": {"a": 1}, "type": [1], "text": 5, "where": [1, "x", {}, null]}, "call": "x"}', b"")
    hang()
