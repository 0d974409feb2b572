"""Is late once in every worker, and then ends it."""

# response: TKD

calls = []


def relu_forward(x):
    import os

    if len(calls) == 1:
        os._exit(1)
    calls.append(1)
    hang()
