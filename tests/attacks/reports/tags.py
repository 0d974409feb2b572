"""Hides a message in characters for tags."""

# response: D

def relu_forward(x):
    text = "x" + "".join(chr(0xE0000 + ord(sign)) for sign in "secret")
    print(text, flush=True)
    raise ValueError(text)
