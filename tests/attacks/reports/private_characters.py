"""Writes with characters that a font of its own would draw."""

# response: D

def relu_forward(x):
    text = "\ue000\uf8ff\U000f0000\U0010ffff\uffff"
    print(text, flush=True)
    raise ValueError(text)
