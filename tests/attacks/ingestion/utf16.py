"""Hands in a source in UTF-16."""

# response: RD

def build(where):
    (where / "layers.py").write_bytes(b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n".decode().encode("utf-16"))
    return where
