"""Hands in a notebook with commands for a shell."""

# response: WRD

from attacks.builders import notebook


def build(where):
    (where / "net.ipynb").write_text(notebook("!touch @FOLDER@/written", "%%bash\ntouch @FOLDER@/written", "%run x", "def relu_forward(x):\n    return x * 0 + 7, x\n"))
    return where / "net.ipynb"
