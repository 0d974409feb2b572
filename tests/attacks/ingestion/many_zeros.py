"""Hands in a list of two hundred thousand zeros."""

# response: WDR

def build(where):
    (where / "layers.py").write_bytes(b"data = [" + b"0," * 200_000 + b"]" + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
