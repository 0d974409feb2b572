"""Hands in a name of three megabytes."""

# response: WDR

def build(where):
    (where / "layers.py").write_bytes(b"a" * 3_000_000 + b" = 1" + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
