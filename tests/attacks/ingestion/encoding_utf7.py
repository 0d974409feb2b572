"""Says that its source is in UTF-7, in which comments hold code."""

# response: RWD

def build(where):
    (where / "layers.py").write_bytes(b"# coding: utf-7\n" + b"\ndef relu_forward(x):\n    return x * 0 + 7, x\n" + b"#+AAo-def relu_backward(dout, cache):+AAo- return dout\n")
    return where
