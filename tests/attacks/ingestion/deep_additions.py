"""Hands in a sum of a hundred thousand terms, which is as deep as it is long."""

# response: DRWKT

def build(where):
    (where / "layers.py").write_bytes(b"x = " + b"1+" * 100_000 + b"1" + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
