"""Hands in blocks in blocks, deeper than Python allows."""

# response: DR

def build(where):
    (where / "layers.py").write_bytes(b"\n".join(b" " * depth + b"if 1:" for depth in range(500)) + b"\n")
    return where
