"""Hands in brackets in brackets, deeper than a parser can count."""

# response: DRWK

def build(where):
    (where / "layers.py").write_bytes(b"x = " + b"(" * 100_000 + b"1" + b")" * 100_000 + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
