"""Begins a beam of music that nobody sees."""

# response: D

def relu_forward(x):
    text = "\U0001d173\U0001d159\U0001d17a"
    print(text, flush=True)
    raise ValueError(text)
