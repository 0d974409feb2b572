"""Says that its source is in an encoding of escapes, in which comments hold code."""

# response: RWD

def build(where):
    (where / "layers.py").write_bytes(b"# coding: unicode_escape\n" + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
