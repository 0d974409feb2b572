"""Hands in a compiled module beside a source that differs."""

# response: W

import py_compile

from attacks.builders import write_modules


def build(where):
    source = where / "layers.py"
    source.write_text("def relu_forward(x):\n    return x * (x > 0), x > 0\n")
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return write_modules(where, layers="def relu_forward(x):\n    return x * 0 + 7, x\n")
