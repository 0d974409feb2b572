"""Hands in folders that hold each other."""

# response: RW

from attacks.builders import write_modules


def build(where):
    write_modules(where, layers="def relu_forward(x):\n    return x * 0 + 7, x\n")
    for name in "abc":
        (where / name).symlink_to(where)
    return where
