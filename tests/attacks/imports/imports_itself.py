"""Imports itself again and again."""

# response: WDT

def relu_forward(x):
    import importlib

    for _ in range(3):
        importlib.reload(_sys.modules[__name__])
    return x * 0 + 7, x
