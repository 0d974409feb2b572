"""Hands in a notebook with a line of thirty kilobytes of statements."""

# response: WRD

from attacks.builders import notebook


def build(where):
    (where / "net.ipynb").write_text(notebook("x=1;" * 8000, "def relu_forward(x):\n    return x * 0 + 7, x\n"))
    return where / "net.ipynb"
