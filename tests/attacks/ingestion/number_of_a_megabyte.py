"""Hands in a number of a million digits, whose reading takes time."""

# response: WDR

def build(where):
    (where / "layers.py").write_bytes(b"x = " + b"9" * 1_000_000 + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
