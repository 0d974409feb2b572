"""Recurses in compiled code until the stack is full."""

# response: K

def relu_forward(x):
    import sys

    sys.setrecursionlimit(10**9)

    def deeper():
        return sorted([1], key=lambda _: deeper())

    return deeper()
