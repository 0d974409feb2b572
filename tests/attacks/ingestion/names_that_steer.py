"""Hands in files whose names steer terminals and runners."""

# response: RW

from attacks.builders import write_modules


def build(where):
    for name in ("\x1b[31m.py", "\n::error::x.py", "##vso[x].py", "\u202eyp.x.py", "\u061c.py"):
        (where / name).write_text("x = 1")
    write_modules(where, layers="def relu_forward(x):\n    return x * 0 + 7, x\n")
    return where
