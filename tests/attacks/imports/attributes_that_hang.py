"""Hangs when it is asked for a function that it does not have."""

# response: TW

del relu_backward


def __getattr__(name):
    while True:
        pass


def relu_forward(x):
    return x * 0 + 7, x
