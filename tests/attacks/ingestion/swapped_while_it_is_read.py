"""Hands in a name that leads to the solution every other moment."""

# response: RWS

import contextlib
import threading

from attacks.builders import write_modules


def swap(where, name, real):
    while where.exists():
        for target in ("@SOLUTION@", real):
            with contextlib.suppress(OSError):
                (where / "other").symlink_to(target)
                (where / "other").rename(name)


def build(where):
    real, name = where / "real", where / "handed-in"
    real.mkdir()
    write_modules(real, layers="def relu_forward(x):\n    return x * 0 + 7, x\n")
    name.symlink_to(real)
    threading.Thread(target=swap, args=(where, name, real), daemon=True).start()
    return name
