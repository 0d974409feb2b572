"""Hands in a notebook of five thousand cells, each of which needs the next."""

# response: WRD

from attacks.builders import notebook


def build(where):
    (where / "net.ipynb").write_text(notebook(*(f"def f{i}(x):\n    return f{i + 1}(x)" for i in range(5_000)), "def relu_forward(x):\n    return x * 0 + 7, x\n"))
    return where / "net.ipynb"
