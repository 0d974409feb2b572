"""Says that a line of another file raised."""

# response: D

def relu_forward(x):
    scope = {}
    exec(compile("\n" * 70000 + "def made(x):\n    raise ValueError", __file__, "exec"), scope)
    return scope["made"](x)
