"""Hands in a line of three megabytes of statements."""

# response: WDTRK

def build(where):
    (where / "layers.py").write_bytes(b"x=1;" * 750_000 + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
