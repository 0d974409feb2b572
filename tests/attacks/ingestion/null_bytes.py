"""Hides code behind null bytes."""

# response: RDW

def build(where):
    (where / "layers.py").write_bytes(b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n" + bytes(1000) + b"x")
    return where
