"""Exchanges a module for a link to that of the solution every other moment."""

# response: RWDS

import contextlib
import threading

from attacks.builders import write_modules


def swap(where):
    text = (where / "layers.py").read_text()
    while where.exists():
        with contextlib.suppress(OSError):
            (where / "link").symlink_to("@SOLUTION@/layers.py")
            (where / "link").rename(where / "layers.py")
            (where / "file").write_text(text)
            (where / "file").rename(where / "layers.py")


def build(where):
    write_modules(where, layers="def relu_forward(x):\n    return x * 0 + 7, x\n")
    threading.Thread(target=swap, args=(where,), daemon=True).start()
    return where
