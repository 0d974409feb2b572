"""The names of the plain implementations: which come in pairs, which are mixed up, and what they mean."""

from __future__ import annotations

import ast

PAIRS = (
    ("H", "W"),
    ("KH", "KW"),
    ("OH", "OW"),
    ("i", "j"),
    ("k", "m"),
    ("s0", "s1"),
    ("p0", "p1"),
    ("k0", "k1"),
    ("p", "q"),
    ("top", "left"),
    ("bottom", "right"),
    ("beta1", "beta2"),
)
"""names for rows, and for columns; for the first moment, and for the second"""

MIRROR = {**dict(PAIRS), **{column: row for row, column in PAIRS}}

CONFUSED = (
    ("H", "OH"),
    ("W", "OW"),
    ("H", "KH"),
    ("W", "KW"),
    ("k0", "s0"),
    ("k1", "s1"),
    ("F", "C"),
    ("f", "c"),
    ("i", "k"),
    ("j", "m"),
    ("N", "K"),
    ("N", "D"),
    ("N", "M"),
    ("D", "M"),
    ("lr", "momentum"),
    ("m", "v"),
    ("mh", "m"),
    ("vh", "v"),
    ("mh", "grad"),
    ("v", "grad"),
    ("dout", "x"),
    ("logarithms", "shifted"),
    ("shifted", "logits"),
    ("x", "xp"),
    ("x", "s"),
)
"""names that are taken for one another, besides those of a pair"""

CONSTANTS: dict[str, tuple[str, ...]] = {
    "s0": ("1", "2"),
    "s1": ("1", "2"),
    "p0": ("0", "1", "2", "KH // 2", "(KH - 1) // 2"),
    "p1": ("0", "1", "2", "KW // 2", "(KW - 1) // 2"),
    "k0": ("2",),
    "k1": ("2",),
    "KH": ("3",),
    "KW": ("3",),
    "n": ("0",),
    "f": ("0",),
    "c": ("0",),
    "lr": ("0.01", "0.1", "0.001"),
    "momentum": ("0.9", "(1 - momentum)"),
    "beta1": ("0.9",),
    "beta2": ("0.999", "0.99"),
    "eps": ("1e-08", "1e-07", "1e-06"),
    "t": ("1", "2", "(t - 1)", "(t + 1)"),
    "reg": ("1",),
    "keep": ("(1 - keep)", "0.5"),
    "N": ("1",),
}
"""what is written in the place of a name"""

WORDS = {
    "H": "the height of the image",
    "W": "the width of the image",
    "KH": "the height of the kernel",
    "KW": "the width of the kernel",
    "OH": "the height of the output",
    "OW": "the width of the output",
    "i": "the row",
    "j": "the column",
    "k": "the row in the window",
    "m": "the column in the window",
    "s0": "the vertical stride",
    "s1": "the horizontal stride",
    "p0": "the vertical padding",
    "p1": "the horizontal padding",
    "k0": "the height of the window",
    "k1": "the width of the window",
    "p": "the row of the pixel",
    "q": "the column of the pixel",
    "top": "the first row of the window",
    "left": "the first column of the window",
    "bottom": "the last row of the window",
    "right": "the last column of the window",
    "N": "the number of examples",
    "C": "the number of channels",
    "F": "the number of filters",
    "K": "the number of classes",
    "D": "the number of inputs",
    "M": "the number of outputs",
    "n": "the number of the example",
    "f": "the number of the filter",
    "c": "the number of the channel",
    "x": "x",
    "xp": "the padded x",
    "w": "the weights",
    "b": "the bias",
    "dout": "dout",
    "out": "the output",
    "window": "the window",
    "mask": "the mask",
    "pixels": "the pixels",
    "spread": "the spread gradient",
    "rotated": "the rotated kernel",
    "shares": "the shares of the windows",
    "outputs": "dout",
    "columns": "the columns",
    "logits": "the logits",
    "labels": "the labels",
    "shifted": "the shifted logits",
    "logarithms": "the logarithms",
    "targets": "the targets",
    "sums": "the logarithm of the sum",
    "total": "the sum",
    "dlogits": "dlogits",
    "loss": "the loss",
    "penalty": "the penalty",
    "s": "the sigmoid",
    "small": "the exponential",
    "param": "the parameter",
    "grad": "the gradient",
    "lr": "the learning rate",
    "momentum": "momentum",
    "v": "v",
    "mh": "the corrected m",
    "vh": "the corrected v",
    "beta1": "beta1",
    "beta2": "beta2",
    "eps": "eps",
    "t": "the step count",
    "rate": "the corrected rate",
    "scale": "the correction of v",
    "reg": "reg",
    "keep": "1 - p",
    "dx": "dx",
    "dw": "dw",
    "db": "db",
    "dxp": "dx with its padding",
}

OWN_WORDS = {
    "optim": {"m": "m"},
    "layers": {"m": "the number of the output", "d": "the number of the input"},
}
"""what a name means in one module of plain implementations"""

OPTIONS = {
    "s0": "stride",
    "s1": "stride",
    "p0": "pad",
    "p1": "pad",
    "k0": "size",
    "k1": "size",
    "lr": "lr",
    "momentum": "momentum",
    "beta1": "beta1",
    "beta2": "beta2",
    "eps": "eps",
    "reg": "reg",
    "keep": "p",
}
"""the argument that a name comes from"""


def mirror(text: str) -> str:
    """Return an expression with rows and columns exchanged."""
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = MIRROR.get(node.id, node.id)
    return ast.unparse(tree)
