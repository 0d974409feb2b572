"""Hands in a folder whose name is a command."""

# response: W

from attacks.builders import write_modules


def build(where):
    folder = where / "\n::error::x ##vso[x] \u202e\u061c"
    folder.mkdir()
    return write_modules(folder, layers="def relu_forward(x):\n    return x * 0 + 7, x\n")
