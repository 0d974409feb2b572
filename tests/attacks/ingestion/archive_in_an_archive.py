"""Hands in archives in archives."""

# response: RW

import zipfile


def build(where):
    inner = where / "inner.zip"
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("layers.py", "def relu_forward(x):\n    return x * 0 + 7, x\n")
    for depth in range(20):
        outer = where / f"outer{depth}.zip"
        with zipfile.ZipFile(outer, "w") as file:
            file.write(inner, "inner.zip")
        inner = outer
    return inner
