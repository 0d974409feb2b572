"""Hands in a notebook with cells of spaces before what is no Python."""

# response: WRD

from attacks.builders import notebook


def build(where):
    (where / "net.ipynb").write_text(notebook(*(" " * 3000 + "?" for _ in range(20)), "def relu_forward(x):\n    return x * 0 + 7, x\n"))
    return where / "net.ipynb"
