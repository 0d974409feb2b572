"""What an edit means, in words: a cause, a remedy, and where the handout says more."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from grader.feedback.model.edits import Edit
from grader.feedback.model.sentences import KINDS, REMEDIES
from grader.feedback.model.vocabulary import MIRROR, OPTIONS, OWN_WORDS, WORDS

BOTH = {
    "the height of the output": "the size of the output",
    "the width of the output": "the size of the output",
    "the loop over output rows": "the loops over the output",
    "the loop over output columns": "the loops over the output",
    "the loop over kernel rows": "the loops over the kernel",
    "the loop over kernel columns": "the loops over the kernel",
    "the loop over window rows": "the loops over the window",
    "the loop over window columns": "the loops over the window",
    "the loop over rows of dx": "the loops over dx",
    "the loop over columns of dx": "the loops over dx",
    "the row of a pixel": "the position of a pixel",
    "the column of a pixel": "the position of a pixel",
    "the row of the maximum": "the position of the maximum",
    "the column of the maximum": "the position of the maximum",
}
"""what the lines for rows and for columns compute together"""

VALUES = {
    "KH // 2": "half of the kernel",
    "KW // 2": "half of the kernel",
    "(KH - 1) // 2": "half of the kernel",
    "(KW - 1) // 2": "half of the kernel",
    "(t - 1)": "one less than it is",
    "(t + 1)": "one more than it is",
    "(1 - momentum)": "1 - momentum",
    "(1 - keep)": "p",
}
"""what is written in the place of a name, in words"""

ANYWHERE = {
    "place": "a part of the function",
    "text": "N, H, W, C",
    "old": "the right one",
    "new": "another quantity",
    "value": "a fixed number",
    "term": "a term",
    "operand": "a term",
    "axes": "rows and columns",
}
"""what the error guide says in the place of what an edit says"""

NEUTRAL = (
    ("the vertical ", "the "),
    ("the horizontal ", "the "),
    ("the height of ", "the size of "),
    ("the width of ", "the size of "),
    ("the first row of ", "the corner of "),
    ("the first column of ", "the corner of "),
    ("the last row of ", "the end of "),
    ("the last column of ", "the end of "),
    ("the row", "the position"),
    ("the column", "the position"),
)
"""what is said of rows, or of columns, and what is said of both"""

EXCHANGED = {
    "H": "the height and width of the image",
    "KH": "the height and width of the kernel",
    "OH": "the height and width of the output",
    "k0": "the height and width of the window",
    "s0": "the vertical and horizontal stride",
    "p0": "the vertical and horizontal padding",
    "beta1": "beta1 and beta2",
}

READ = {
    "conv2d_forward": "convolution",
    "conv2d_backward": "backward",
    "maxpool2d_forward": "pooling",
    "maxpool2d_backward": "pooling",
    "dense_forward": "dense",
    "dense_backward": "dense",
    "relu_forward": "relu",
    "relu_backward": "relu",
    "softmax_cross_entropy": "softmax",
    "sgd_step": "sgd",
    "sigmoid_forward": "sigmoid",
    "sigmoid_backward": "sigmoid",
    "sgd_momentum_step": "momentum",
    "adam_step": "adam",
    "l2_penalty": "l2",
}
"""headings of the handout"""

HEADINGS = (
    ("remainder", "sizes-that-do-not-divide", ("conv2d", "maxpool2d")),
    ("raise an error", "sizes-that-do-not-divide", ("conv2d", "maxpool2d")),
    ("padding", "padding", ("conv2d",)),
    ("crop", "padding", ("conv2d",)),
    ("stride", "stride", ("conv2d",)),
    ("divide", "sizes-that-do-not-divide", ("conv2d", "maxpool2d")),
    ("square", "images-that-are-not-square", ("conv2d", "maxpool2d")),
    ("height", "images-that-are-not-square", ("conv2d", "maxpool2d")),
    ("width", "images-that-are-not-square", ("conv2d", "maxpool2d")),
    ("bias", "bias", ("conv2d",)),
    ("equals the maximum", "ties", ("maxpool2d",)),
    ("overwrites", "overlapping-windows", ("maxpool2d",)),
    ("mean", "mean-over-the-batch", ("softmax",)),
    ("average", "mean-over-the-batch", ("softmax",)),
    ("step count", "bias-correction", ("adam",)),
    ("correction", "bias-correction", ("adam",)),
)
"""a word of the cause, and the heading that it leads to in some functions"""


@dataclass(frozen=True)
class Words:
    """One or two sentences each, and a heading of the handout."""

    cause: str
    remedy: str
    read: str


def words(function: str, module: str, edit: Edit) -> Words | None:
    """Say what an edit means.

    Parameters
    ----------
    function
        The function of the assignment.
    module
        The module of the plain implementation, which may use a name in a sense of its own.
    edit
        What was edited.

    Returns
    -------
    Words or None
        None if there are no words for it: it is not told then.
    """
    known = {**WORDS, **OWN_WORDS.get(module, {})}
    sentence = KINDS.get(edit.kind)
    if sentence is None:
        return None
    places = tuple(place for place in edit.places if place)
    old, new = _said(edit.old, known), _said(edit.new, known)
    option = next((OPTIONS[name] for name in _names(edit.old) if name in OPTIONS), "")
    given = {
        "place": _place(edit, places, sentence.startswith("{place}")),
        "text": edit.old,
        "old": old,
        "new": new,
        "value": VALUES.get(edit.new, edit.new),
        "option": option,
        "term": _dropped(edit, known),
        "operand": _second_operand(edit.old, known),
        "axes": EXCHANGED.get(min(edit.old, MIRROR.get(edit.old, edit.old)), "rows and columns"),
    }
    if edit.both:
        for name in ("old", "new", "term", "operand"):
            given[name] = _neutral(given[name])
    needed = [name for name in given if f"{{{name}}}" in sentence]
    if any(not given[name] for name in needed):
        return None
    if edit.both and edit.kind in {"taken_for"} and given["old"] == given["new"]:
        return None
    cause = sentence.format_map(given)
    if edit.kind == "fixed" and option:
        cause = cause.removesuffix(".") + f", whatever {option} says."
    cause = _capital(cause)
    return Words(cause, _remedy(edit, given["place"], option), _heading(function, cause))


def guide_words(kind: str) -> Words:
    """Say what a kind of edits means wherever it is made.

    Parameters
    ----------
    kind
        One of :data:`grader.feedback.model.sentences.KINDS`.

    Returns
    -------
    Words
    """
    cause = KINDS[kind].format_map(ANYWHERE)
    remedy = REMEDIES.get(kind, REMEDIES["others"]).format(place="that part of the function")
    return Words(_capital(cause), remedy, "")


def _capital(cause: str) -> str:
    """Return a sentence with a capital letter, unless it begins with the name of an array."""
    return cause if cause.startswith(("dx", "dw", "db", "dlogits", "x ")) else cause[0].upper() + cause[1:]


def _neutral(said: str) -> str:
    for one, both in NEUTRAL:
        if one in said:
            return said.replace(one, both)
    return said


def _place(edit: Edit, places: tuple[str, ...], whole: bool) -> str:
    if edit.everywhere and not whole:
        return "all places"
    if edit.both:
        places = tuple(dict.fromkeys(BOTH.get(place, place) for place in places))
    return " and ".join(places) if len(places) < 3 else ""


def _names(text: str) -> list[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _said(text: str, known: dict[str, str]) -> str:
    """Return an expression in words; empty if there are none."""
    try:
        node: ast.AST = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return ""
    return _spoken(node, known)


def _spoken(node: ast.AST, known: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return known.get(name, "")
        case ast.Constant(value=value):
            return f"the number {value!r}"
        case ast.Subscript(value=value):
            return _spoken(value, known)
        case ast.Attribute(value=value, attr="T"):
            return _spoken(value, known)
        case ast.BinOp(left=ast.Constant(value=2), op=ast.Mult(), right=right):
            inner = _spoken(right, known)
            return f"twice {inner}" if inner else ""
        case ast.BinOp(left=ast.Name(id="i" | "j"), op=ast.Mult()):
            return "the start of the window"
        case ast.BinOp(left=left, op=ast.Pow()):
            inner = _spoken(left, known)
            return f"the power of {inner}" if inner else ""
        case ast.Call(func=ast.Attribute(attr="sum")):
            return "the sum"
        case ast.Call(func=ast.Attribute(attr="sqrt")):
            return "the root"
        case ast.Call(func=ast.Attribute(attr="exp")):
            return "the exponential"
        case ast.Call(func=ast.Attribute(attr="max")):
            return "the maximum"
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=right):
            inner = _spoken(right, known)
            return f"1 minus {inner}" if inner else ""
        case _:
            return ""


def _dropped(edit: Edit, known: dict[str, str]) -> str:
    """Return in words the operand that an expression lost."""
    try:
        node = ast.parse(edit.old, mode="eval").body
    except SyntaxError:
        return ""
    if not isinstance(node, ast.BinOp):
        return ""
    lost = node.right if ast.unparse(node.left) == edit.new else node.left
    return _spoken(lost, known)


def _second_operand(text: str, known: dict[str, str]) -> str:
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return ""
    return _spoken(node.right, known) if isinstance(node, ast.BinOp) else ""


def _remedy(edit: Edit, place: str, option: str) -> str:
    remedy = REMEDIES.get(edit.kind, REMEDIES["others"])
    if edit.kind == "fixed" and option:
        return f"Use the argument {option} instead of a fixed number."
    return remedy.format(place=place or "the function")


def _heading(function: str, cause: str) -> str:
    for word, heading, prefixes in HEADINGS:
        if word in cause.lower() and function.startswith(prefixes):
            return heading
    return READ[function]
