"""Copies the solution from where it lies when it is imported."""

# response: WDS

from attacks.builders import write_modules


def build(where):
    source = 'import os\nfor name in ("@SOLUTION@", "/convgrade/packages/solution"):\n    if os.path.exists(name):\n        exec(open(f"{name}/layers.py").read())\n'
    return write_modules(where, layers=source)
