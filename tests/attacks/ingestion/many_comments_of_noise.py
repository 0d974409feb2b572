"""Hands in a megabyte of noise in comments."""

# response: WDR

def build(where):
    (where / "layers.py").write_bytes(b"# noqa type: ignore TODO\n" * 40_000 + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
