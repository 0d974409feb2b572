"""Says that its source is in punycode, which takes minutes to decode."""

# response: RWD

def build(where):
    (where / "layers.py").write_bytes(b"# coding: punycode\n# " + b"a" * 50_000 + b"-" + b"z" * 50_000 + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
