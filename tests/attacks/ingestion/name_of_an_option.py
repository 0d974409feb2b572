"""Hands in a folder whose name is an option."""

# response: W

from attacks.builders import write_modules


def build(where):
    folder = where / "--tasks=sgd --isolation=process"
    folder.mkdir()
    return write_modules(folder, layers="def relu_forward(x):\n    return x * 0 + 7, x\n")
