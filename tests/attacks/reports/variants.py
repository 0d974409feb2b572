"""Hides a message in selectors of variants."""

# response: D

def relu_forward(x):
    text = "x" + "".join(chr(0xE0100 + ord(sign)) for sign in "secret") + "\ufe0f"
    print(text, flush=True)
    raise ValueError(text)
