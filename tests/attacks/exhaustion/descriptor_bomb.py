"""Opens files without end."""

# response: D

def relu_forward(x):
    kept = [open("/dev/null") for _ in range(100_000)]
