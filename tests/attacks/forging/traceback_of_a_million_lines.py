"""Raises an exception with the longest traceback that it can make."""

# response: DT

def relu_forward(x):
    import types

    error = ValueError("long")
    trace = None
    for number in range(300_000):
        trace = types.TracebackType(trace, _sys._getframe(), 0, number % 1000)
    raise error.with_traceback(trace)
