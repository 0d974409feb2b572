"""Writes between the lines."""

# response: D

def relu_forward(x):
    text = "\ufff9text\ufffaabove\ufffb"
    print(text, flush=True)
    raise ValueError(text)
