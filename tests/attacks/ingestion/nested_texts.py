"""Hands in formatted texts in formatted texts."""

# response: DRWKT

def build(where):
    (where / "layers.py").write_bytes(b"x = " + b"f'{" * 150 + b"1" + b"}'" * 150 + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
