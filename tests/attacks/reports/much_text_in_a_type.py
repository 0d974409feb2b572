"""Returns an object whose class has a long name, of a type with long fields."""

# response: W

def relu_forward(x):
    return type("LEAK" * 200, (), {})(), x
