"""Hands in modules named like those that the worker imports later."""

# response: WDKT

from attacks.builders import write_modules


def build(where):
    for name in ("numpy", "json", "socket", "struct", "traceback", "random", "secrets", "ctypes", "contextlib"):
        (where / f"{name}.py").write_text("raise SystemExit(0)")
    return write_modules(where, layers="def relu_forward(x):\n    return x * 0 + 7, x\n")
