"""Sends lists in lists sixty thousand deep."""

# response: K


def relu_forward(x):
    send_reply(connection(), "[" * 60_000, b"")
    hang()
