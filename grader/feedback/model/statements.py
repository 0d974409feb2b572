"""Edits of whole lines: an assignment for a sum, a line left out, loops exchanged, a line put in front."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from grader.feedback.model.edits import Edit, Form

LAYOUTS = {
    "x.shape": (("N", "H", "W", "C"), ("N", "C", "W", "H"), ("N", "W", "H", "C"), ("C", "N", "H", "W")),
    "w.shape": (
        ("F", "KH", "KW", "C"),
        ("F", "C", "KW", "KH"),
        ("KH", "KW", "C", "F"),
        ("C", "F", "KH", "KW"),
    ),
}

SQUARE = {
    "images_square": "W = H",
    "kernels_square": "KW = KH",
    "outputs_square": "OW = OH",
    "images_square_by_width": "H = W",
    "kernels_square_by_width": "KH = KW",
    "outputs_square_by_width": "OH = OW",
}

FRONT = {
    "padded_twice": "x = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))",
    "first_half_of_stride": "s1 = s0",
    "second_half_of_stride": "s0 = s1",
    "first_half_of_pad": "p1 = p0",
    "second_half_of_pad": "p0 = p1",
    "first_half_of_size": "k1 = k0",
    "second_half_of_size": "k0 = k1",
    "first_halves": "s1 = s0; p1 = p0",
    "first_halves_of_windows": "s1 = s0; k1 = k0",
    "pairs_backwards": "s0, s1, p0, p1 = s1, s0, p1, p0",
    "pairs_of_windows_backwards": "s0, s1, k0, k1 = s1, s0, k1, k0",
    "stride_is_one": "s0 = s1 = 1",
    "stride_is_two": "s0 = s1 = 2",
    "pad_is_one": "p0 = p1 = 1",
    "pad_is_zero": "p0 = p1 = 0",
    "stride_is_size": "s0, s1 = k0, k1",
    "size_is_stride": "k0, k1 = s0, s1",
    "windows_are_two": "k0 = k1 = s0 = s1 = 2",
    "size_is_two": "k0 = k1 = 2",
    "image_must_be_square": "assert x.shape[2] == x.shape[3]",
    "kernel_must_be_square": "assert w.shape[2] == w.shape[3]",
    "kernel_must_be_odd": "assert w.shape[2] % 2 == 1 and w.shape[3] % 2 == 1",
    "windows_must_lie_side_by_side": "assert s0 == k0 and s1 == k1",
    "image_must_be_divided_by_stride": "assert x.shape[2] % s0 == 0 and x.shape[3] % s1 == 0",
    "image_must_be_divided_by_size": "assert x.shape[2] % k0 == 0 and x.shape[3] % k1 == 0",
    "pad_is_half_the_kernel": "p0, p1 = w.shape[2] // 2, w.shape[3] // 2",
    "pad_is_half_of_kernel_less_one": "p0, p1 = (w.shape[2] - 1) // 2, (w.shape[3] - 1) // 2",
}

ROW_LOOPS = {"i": "j", "k": "m"}


def statement_edits(form: Form) -> Iterator[Edit]:
    """Make every edit of whole lines.

    Yields
    ------
    Edit
    """
    nodes = list(ast.walk(form.tree))
    for number, node in enumerate(nodes):
        if isinstance(node, ast.AugAssign):
            yield from _sums(form, number, node)
        if isinstance(node, ast.Assign) and form.place(node.lineno):
            yield from _assignments(form, number, node)
        if isinstance(node, ast.Assign):
            yield from _layouts(form, number, node)
    yield from _fronts(form)
    yield from _channels_last(form)
    yield from _loops(form)


def _with(form: Form, number: int, statements: str) -> str:
    """Return the source with other statements in the place of one."""
    return _source(form.tree, {number: statements})


def _source(tree: ast.FunctionDef, table: dict[int, str]) -> str:
    changed = copy.deepcopy(tree)
    nodes = list(ast.walk(changed))
    for number, statements in table.items():
        old, new = nodes[number], ast.parse(statements).body
        for parent in nodes:
            body = getattr(parent, "body", None)
            if isinstance(body, list) and old in body:
                at = body.index(old)
                body[at : at + 1] = new
    return ast.unparse(changed)


def _sums(form: Form, number: int, node: ast.AugAssign) -> Iterator[Edit]:
    target, value = ast.unparse(node.target), ast.unparse(node.value)
    places = (form.place(node.lineno),)

    def edit(kind: str, statement: str) -> Edit:
        return Edit(kind, ast.unparse(node), statement, places, _with(form, number, statement))

    if isinstance(node.op, ast.Add):
        yield edit("overwritten", f"{target} = {value}")
        yield edit("subtracted", f"{target} -= {value}")
        yield edit("averaged", f"{target} += ({value}) / N")
        if "[" in target and "total" not in value and "dout" in value:
            yield edit("summed_in_the_window", f"{target} += np.sum({value})")
    yield edit("left_out", "pass")


def _assignments(form: Form, number: int, node: ast.Assign) -> Iterator[Edit]:
    target, value = ast.unparse(node.targets[0]), ast.unparse(node.value)
    places = (form.place(node.lineno),)

    def edit(kind: str, statement: str) -> Edit:
        return Edit(kind, ast.unparse(node), statement, places, _with(form, number, statement))

    if target in {"db", "dw", "dx", "dlogits", "loss", "out", "penalty"}:
        yield edit("averaged", f"{target} = ({value}) / x.shape[0]" if "x" in _arguments(form) else "pass")
        yield edit("negated", f"{target} = -({value})")
    if value.startswith("dxp[") and target == "dx":
        crops = {
            "assigned_by_minus_pad": "p0:-p0, p1:-p1",
            "assigned_by_one": "1:-1, 1:-1",
        }
        for kind, crop in crops.items():
            yield edit(kind, f"dx = np.zeros(x.shape)\ndx[:, :, :, :] = dxp[:, :, {crop}]")
    if target == "db":
        yield edit("axis_kept", f"{target} = np.reshape({value}, (-1, 1))")
        yield edit("axis_kept", f"{target} = np.reshape({value}, (1, -1))")
    if target == "dw":
        yield edit("transposed", f"{target} = np.swapaxes({value}, -1, -2)")
    if isinstance(node.targets[0], ast.Name) and target in {"dlogits", "loss", "p"}:
        names = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
        if target in names:
            yield edit("left_out", "pass")


def _arguments(form: Form) -> list[str]:
    return [argument.arg for argument in form.tree.args.args]


def _layouts(form: Form, number: int, node: ast.Assign) -> Iterator[Edit]:
    value = ast.unparse(node.value)
    names = ast.unparse(node.targets[0])
    for order in LAYOUTS.get(value, ()):
        if set(names.strip("()").split(", ")) == set(order):
            statement = f"{', '.join(order)} = {value}"
            yield Edit("layout", ", ".join(order), value, (), _with(form, number, statement))


def _fronts(form: Form) -> Iterator[Edit]:
    """Put a line before all others, or behind the line that sets the sizes it changes."""
    arguments = set(_arguments(form))
    for kind, line in FRONT.items():
        names = {node.id for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)}
        if names - {"np"} <= arguments:
            yield Edit(kind, "", line, (), _inserted(form, 0, line))
    assigned: dict[str, int] = {}
    for at, statement in enumerate(form.tree.body):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assigned.setdefault(node.id, at)
    for kind, line in SQUARE.items():
        left, right = line.split(" = ")
        if left in assigned and right in assigned:
            yield Edit(kind, "", line, (), _inserted(form, max(assigned[left], assigned[right]) + 1, line))


def _channels_last(form: Form) -> Iterator[Edit]:
    """Read images as (N, H, W, C), and write them so."""
    last = form.tree.body[-1]
    if not isinstance(last, ast.Return) or last.value is None or "H" not in form.names:
        return
    images = [name for name in ("dout", "x", "w") if name in _arguments(form)]
    returned = ast.unparse(last.value)
    if returned.startswith("("):
        return
    front = "\n".join(f"{name} = {name}.transpose(0, 3, 1, 2)" for name in images)
    tree = copy.deepcopy(form.tree)
    tree.body[-1:] = ast.parse(f"def f():\n return ({returned}).transpose(0, 2, 3, 1)").body[0].body  # type: ignore[attr-defined]
    tree.body[:0] = ast.parse(front).body
    yield Edit("channels_last", "", front, (), ast.unparse(tree))


def _inserted(form: Form, at: int, line: str) -> str:
    tree = copy.deepcopy(form.tree)
    tree.body[at:at] = ast.parse(line).body
    return ast.unparse(tree)


def _loops(form: Form) -> Iterator[Edit]:
    """Exchange the loops over rows and columns, where later assignments win over earlier ones."""
    tree = copy.deepcopy(form.tree)
    exchanged = False
    for node in ast.walk(tree):
        if not isinstance(node, ast.For) or not isinstance(node.body[0], ast.For):
            continue
        inner = node.body[0]
        if len(node.body) == 1 and ROW_LOOPS.get(ast.unparse(node.target)) == ast.unparse(inner.target):
            node.target, inner.target = inner.target, node.target
            node.iter, inner.iter = inner.iter, node.iter
            exchanged = True
    if not exchanged:
        return
    for number, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.AugAssign):
            statement = f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"
            yield Edit(
                "overwritten_in_columns",
                ast.unparse(node),
                statement,
                (form.place(node.lineno),),
                _source(tree, {number: statement}),
            )
