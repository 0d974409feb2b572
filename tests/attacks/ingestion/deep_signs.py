"""Hands in a row of a hundred thousand signs, each of which is an operation."""

# response: DRWKT

def build(where):
    (where / "layers.py").write_bytes(b"x = " + b"-" * 100_000 + b"1" + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
