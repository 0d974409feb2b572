"""What may stand in the place of an expression: the kinds of edits, each with its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.feedback.model.edits import Proposal
from grader.feedback.model.vocabulary import CONFUSED, CONSTANTS, MIRROR, mirror

SMALL_NUMBERS = ("1e-15", "1e-12", "1e-10", "1e-09", "1e-08", "1e-07", "1e-06", "1e-05")
CALLS = {"np.mean": "average", "np.sum": "sum", "np.max": "maximum", "np.min": "minimum"}
SIGNS: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+"}
COMPARED = {">": ("<", ">="), ">=": (">", "<"), "<=": ("<", ">")}


def propose(node: ast.expr, text: str) -> Iterator[Proposal]:
    """Yield what may stand in the place of an expression.

    Parameters
    ----------
    node
        The expression.
    text
        Its source.

    Yields
    ------
    Proposal
    """
    match node:
        case ast.Name():
            yield from _names(text)
        case ast.Constant():
            yield from _constants(node)
        case ast.BinOp():
            yield from _operations(node, text)
        case ast.Call():
            yield from _calls(node, text)
        case ast.Subscript():
            yield from _subscripts(node, text)
        case ast.Compare():
            yield from _comparisons(node, text)
        case ast.UnaryOp(op=ast.USub()):
            yield Proposal("sign", ast.unparse(node.operand))
        case ast.Attribute(attr="T"):
            yield Proposal("not_transposed", ast.unparse(node.value))
        case ast.Tuple():
            yield from _tuples(node)
        case _:
            pass


def _names(name: str) -> Iterator[Proposal]:
    if name in MIRROR:
        yield Proposal("taken_for", MIRROR[name])
    for first, second in CONFUSED:
        if name == first:
            yield Proposal("taken_for", second)
        if name == second:
            yield Proposal("taken_for", first)
    for value in CONSTANTS.get(name, ()):
        yield Proposal("count_fixed" if name == "t" and value.isdigit() else "fixed", value)


def _constants(node: ast.Constant) -> Iterator[Proposal]:
    if node.value == 0.5:
        yield Proposal("half_missing", "1")
        yield Proposal("doubled", "2")


def _operations(node: ast.BinOp, text: str) -> Iterator[Proposal]:
    left, right = ast.unparse(node.left), ast.unparse(node.right)
    if isinstance(node.op, ast.Add) and right == "b[f]" and left.startswith("np.sum("):
        yield Proposal("bias_in_the_sum", f"np.sum({ast.unparse(node.left.args[0])} + b[f])")  # type: ignore[attr-defined]
    if right == "1" and isinstance(node.op, ast.Add):
        yield Proposal("one_missing", left)
        yield Proposal("one_too_many", f"{left} + 2")
        yield Proposal("one_subtracted", f"{left} - 1")
        return
    if left == "2" and isinstance(node.op, ast.Mult):
        yield Proposal("one_side", right)
        return
    yield Proposal("dropped", left)
    if isinstance(node.op, (ast.Add, ast.Mult, ast.MatMult)):
        yield Proposal("dropped", right)
    if isinstance(node.op, (ast.Sub, ast.FloorDiv, ast.Div)) and not isinstance(node.left, ast.Constant):
        yield Proposal("dropped", right)
    if type(node.op) in SIGNS:
        yield Proposal("sign_of_term", f"{left} {SIGNS[type(node.op)]} ({right})")
    if isinstance(node.op, ast.FloorDiv):
        yield Proposal("rounded_up", f"-(-({left}) // ({right}))")
        yield Proposal("rounded", f"int(round(({left}) / ({right})))")
        yield Proposal("must_divide", f"exactly({left}, {right})")
        yield Proposal("not_whole", f"({left}) / ({right})")
    if isinstance(node.op, ast.Mod):
        yield Proposal("taken_for", f"({left}) // ({right})")
    if isinstance(node.op, ast.Pow):
        yield Proposal("absolute", f"np.abs({left})")
        if isinstance(node.left, ast.Name):
            yield Proposal("fixed_power", f"{left} ** 2")
            yield Proposal("times_for_power", f"{left} * ({right})")
    if isinstance(node.op, ast.Div):
        yield Proposal("twice", f"({text}) / ({right})")
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    if names & set(MIRROR) and len(names & {MIRROR.get(name, "") for name in names}) > 1:
        yield Proposal("exchanged", mirror(text))
    if isinstance(node.op, ast.Mult) and "dout" in names and text.count("dout") == 1:
        yield Proposal("averaged", f"{text} / N")


def _calls(node: ast.Call, text: str) -> Iterator[Proposal]:
    called, arguments = ast.unparse(node.func), [ast.unparse(argument) for argument in node.args]
    first = arguments[0] if arguments else ""
    keywords = {word.arg or "": ast.unparse(word.value) for word in node.keywords}
    named = [f"{name}={value}" for name, value in keywords.items()]

    def call(other: str, *given: str) -> str:
        return f"{other}({', '.join(given)})"

    if called in {"np.sum", "np.max"} or (called.endswith((".sum", ".max")) and not arguments):
        reduced = first or ast.unparse(node.func).rpartition(".")[0]
        for other, kind in CALLS.items():
            if not called.endswith(other.removeprefix("np")):
                yield Proposal(f"{kind}_taken", call(other, reduced, *named))
        yield from _axes(reduced, "np" + called[called.rfind(".") :], keywords)
        if called.endswith("max"):
            yield Proposal("zero_at_least", f"np.maximum(0, {text})")
            yield Proposal("absolute_taken", call("np.max", f"np.abs({reduced})", *named))
        elif not named or "keepdims" not in keywords:
            yield Proposal("not_summed", reduced)
    elif called == "np.pad":
        yield Proposal("not_padded", first)
        yield Proposal("border_repeated", call("np.pad", *arguments, "mode='edge'"))
        if "p0" in text:
            yield Proposal("all_axes_padded", call("np.pad", first, "p0"))
            yield Proposal("padded_before", f"np.pad({first}, ((0, 0), (0, 0), (2 * p0, 0), (2 * p1, 0)))")
            yield Proposal("padded_behind", f"np.pad({first}, ((0, 0), (0, 0), (0, 2 * p0), (0, 2 * p1)))")
    elif called == "range":
        yield from _ranges(arguments)
    elif called == "np.zeros":
        yield Proposal("whole_numbers", call("np.zeros", first, "int"))
        if first == "x.shape":
            yield Proposal("x_overwritten", "x")
            yield Proposal("like_x", "np.copy(x)")
        if "2 * p0" in first:
            yield Proposal("x_overwritten", "xp")
    elif called == "np.full":
        yield Proposal("starts_at_zero", call("np.zeros", first))
    elif called == "first":
        yield Proposal("all_ties", first)
        yield Proposal("ties_share", f"({first}) / np.sum({first})")
    elif called == "np.argmax":
        yield Proposal("minimum_taken", call("np.argmin", first))
        yield Proposal("first_taken", "0")
    elif called == "np.log":
        yield Proposal("base_two", call("np.log2", first))
        yield Proposal("base_ten", call("np.log10", first))
        for small in SMALL_NUMBERS:
            yield Proposal("small_number_added", call("np.log", f"{first} + {small}"))
            yield Proposal("small_number_least", call("np.log", f"np.maximum({first}, {small})"))
            yield Proposal("clipped", call("np.log", f"np.clip({first}, {small}, 1 - {small})"))
    elif called == "np.maximum" and arguments[1:] == ["0"]:
        yield Proposal("leaky", f"np.maximum({first}, 0.01 * {first})")
        yield Proposal("leaky", f"np.maximum({first}, 0.1 * {first})")
        yield Proposal("absolute", f"np.abs({first})")
        yield Proposal("starts_at_one", f"np.maximum({first}, 1)")
        yield Proposal("minimum_taken", f"np.minimum({first}, 0)")
    elif called == "np.where":
        condition, yes, no = arguments
        yield Proposal("upside_down", call("np.where", condition, no, yes))
        yield Proposal("leaky", call("np.where", condition, yes, f"0.01 * {yes}"))
        if "dout" in arguments:
            yield Proposal("dout_left_out", call("np.where", condition, "1.0", no))
    elif called in {"np.sqrt", "np.exp", "np.abs", "np.tanh"}:
        yield Proposal("function_dropped", first)
    elif called.endswith((".copy", ".transpose")):
        owner = called.rpartition(".")[0]
        yield Proposal("no_copy" if called.endswith("copy") else "not_reordered", owner)
    elif called.endswith(".reshape") and "OH, OW" in text:
        yield Proposal("exchanged", text.replace("OH, OW", "OW, OH"))


def _axes(reduced: str, called: str, keywords: dict[str, str]) -> Iterator[Proposal]:
    if "axis" not in keywords:
        return
    rest = [f"{name}={value}" for name, value in keywords.items() if name != "axis"]
    others = {"0": ("1",), "1": ("0",), "(0, 2, 3)": ("0", "(0, 2)", "(2, 3)", "(1, 2, 3)")}
    for axis in others.get(keywords["axis"], ()):
        yield Proposal("other_axis", f"{called}({', '.join([reduced, f'axis={axis}', *rest])})")
    yield Proposal("all_axes", f"{called}({reduced})")
    if "keepdims" in keywords:
        yield Proposal("axis_lost", f"{called}({reduced}, axis={keywords['axis']})")
    else:
        yield Proposal("axis_kept", f"{called}({reduced}, axis={keywords['axis']}, keepdims=True)")


def _ranges(arguments: list[str]) -> Iterator[Proposal]:
    if len(arguments) == 1:
        (size,) = arguments
        yield Proposal("ends_early", f"range({size} - 1)")
        yield Proposal("ends_late", f"range({size} + 1)")
        yield Proposal("begins_late", f"range(1, {size})")
        image, stride = {"OH": ("H", "s0"), "OW": ("W", "s1")}.get(size, ("", ""))
        if image:
            yield Proposal("over_the_image", f"range({image})")
            yield Proposal("over_the_image_in_strides", f"range(0, {image}, {stride})")
    else:
        begin, end, step = arguments
        yield Proposal("steps_of_one", f"range({begin}, {end})")
        image = "H" if step == "s0" else "W"
        yield Proposal("over_the_image_in_strides", f"range(0, {image}, {step})")
        yield Proposal("over_the_image_in_strides", f"range(0, {image} - 1, {step})")
        yield Proposal("ends_early", f"range({begin}, {end} - 1, {step})")
        yield Proposal("ends_late", f"range({begin}, {end} + 1, {step})")


CROPS = {
    "cropped_by_minus_pad": ("p0:-p0", "p1:-p1"),
    "cropped_by_one": ("1:-1", "1:-1"),
    "cropped_to_the_image": (":H", ":W"),
    "cropped_too_much": ("p0:H - p0", "p1:W - p1"),
    "cropped_with_first_pad": ("p0:p0 + H", "p0:p0 + W"),
    "cropped_by_pad_or_nothing": ("p0:H", "p1:W"),
}


def _subscripts(node: ast.Subscript, text: str) -> Iterator[Proposal]:
    base = ast.unparse(node.value)
    if base == "dxp" and text.endswith("p0:p0 + H, p1:p1 + W]"):
        yield Proposal("not_cropped", "dxp")
        for kind, (rows, columns) in CROPS.items():
            yield Proposal(kind, f"dxp[:, :, {rows}, {columns}]")
    if "::-1, ::-1" in text:
        yield Proposal("not_rotated", base)
        yield Proposal("transposed", f"{base}.swapaxes(2, 3)")
    if "arange" in text:
        yield Proposal("every_row", f"{base}[:, labels]")
    if base == "w" and text in {"w[f]", "w[f, c]"}:
        yield Proposal("rotated", f"{text}[..., ::-1, ::-1]")
        yield Proposal("transposed", f"{text}.swapaxes(-1, -2)")
    if text == "b[f]":
        yield Proposal("other_index", "b[0]")


def _comparisons(node: ast.Compare, text: str) -> Iterator[Proposal]:
    for sign, others in COMPARED.items():
        if len(node.ops) == 1 and f" {sign} 0" in text:
            for other in others:
                yield Proposal("compared_otherwise", text.replace(f" {sign} 0", f" {other} 0"))
            if text.startswith("x "):
                yield Proposal("dout_compared", text.replace("x ", "dout ", 1))


def _tuples(node: ast.Tuple) -> Iterator[Proposal]:
    parts = [ast.unparse(part) for part in node.elts]
    # in return statements: results, one of which may be opaque
    if parts == ["dx", "dw", "db"]:
        for order in (("dw", "dx", "db"), ("dx", "db", "dw"), ("db", "dw", "dx"), ("dw", "db", "dx")):
            yield Proposal("returned_in_other_order", f"({', '.join(order)})")
    elif len(parts) == 2 and parts[0] in {"loss", "penalty"}:
        yield Proposal("returned_in_other_order", f"({parts[1]}, {parts[0]})")
