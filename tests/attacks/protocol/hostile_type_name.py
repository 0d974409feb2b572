"""Returns an object whose class has a name of a megabyte."""

# response: DW

def relu_forward(x):
    return type("x" * (1 << 20), (), {})(), x
