"""Returns an object whose class has a name with escapes and lines."""

# response: W

def relu_forward(x):
    return type("\x1b[2J\n::error::x\n[red]", (), {})(), x
