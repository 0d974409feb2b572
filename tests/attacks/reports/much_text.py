"""Says more than an excerpt, in the message and in the line that raises."""

# response: D

def relu_forward(x):
    text = "LEAK" * 5000
    print(text, flush=True)
    raise ValueError(text)
