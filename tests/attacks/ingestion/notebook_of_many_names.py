"""Hands in a notebook in which every cell uses the names of all others."""

# response: WRD

from attacks.builders import notebook


def build(where):
    (where / "net.ipynb").write_text(notebook(*("\n".join(f"n{i} = n{i + 1} if 0 else 1" for i in range(2000)) for _ in range(5)), "def relu_forward(x):\n    return x * 0 + 7, x\n"))
    return where / "net.ipynb"
