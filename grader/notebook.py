"""Collect from a notebook the definitions that the assignment's functions need, without running anything."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from grader.assignment import FUNCTIONS
from grader.results import GraderError


class NotebookError(GraderError):
    """The notebook cannot be used; the text says why in one sentence."""


@dataclass(frozen=True)
class _Statement:
    """A statement at the top of a cell: its source, the names it binds and the names it reads."""

    position: tuple[int, int]
    source: str
    binds: frozenset[str]
    reads: frozenset[str]


def definitions(content: bytes, name: str) -> tuple[str, list[str]]:
    """Return a module with the assignment's functions of a notebook and all they need.

    Parameters
    ----------
    content
        The notebook, JSON of any nbformat version that nbformat can upgrade to 4.
    name
        Its file name, for messages.

    Returns
    -------
    (source, notes)
        Python source, in the order of the notebook; and what was odd, a sentence each.

    Raises
    ------
    NotebookError
        If it is not a notebook, or defines none of the functions.
    """
    statements, notes = _statements(_code_cells(content, name))
    wanted = [found for function in FUNCTIONS if (found := _last(statements, function)) is not None]
    if not wanted:
        raise NotebookError(f"{name} defines none of the functions of the assignment in a code cell.")
    for function in FUNCTIONS:
        count = sum(function in statement.binds for statement in statements)
        if count > 1:
            notes.append(f"{function} is defined {count} times: the last one counts")
    used: dict[tuple[int, int], _Statement] = {}
    # what a star import brings is unknown, so every one of them counts as needed
    waiting = [*wanted, *(statement for statement in statements if "*" in statement.binds)]
    while waiting:
        statement = waiting.pop()
        if statement.position in used:
            continue
        used[statement.position] = statement
        for read in statement.reads - statement.binds:
            waiting.extend(other for other in statements if read in other.binds)
    ordered = [used[position] for position in sorted(used)]
    return "\n\n".join(statement.source for statement in ordered) + "\n", notes


def _code_cells(content: bytes, name: str) -> list[str]:
    import nbformat  # takes a tenth of a second, and only notebooks need it

    try:
        notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)  # type: ignore[no-untyped-call] # nbformat has no annotations
        return ["".join(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as error:  # nbformat and its validator raise many kinds for a damaged file
        reason = str(error).strip().splitlines()
        raise NotebookError(
            f"{name} is not a readable notebook: {(reason or ['damaged'])[0][:200]}."
        ) from error


def _python_lines(cell: str) -> tuple[str, bool]:
    """Return a cell without magics and shell lines, and whether there were any."""
    if cell.lstrip().startswith("%%"):
        first, _, rest = cell.lstrip().partition("\n")
        keeps_python = first.split()[0] in {"%%time", "%%timeit", "%%capture", "%%prun"}
        return (_python_lines(rest)[0] if keeps_python else ""), True
    lines = cell.splitlines()
    try:
        ast.parse(cell)
    except (SyntaxError, ValueError):
        pass
    else:
        return cell, False
    kept = [
        line for line in lines if not line.lstrip().startswith(("%", "!", "?")) and not line.endswith("?")
    ]
    return "\n".join(kept), len(kept) < len(lines)


def _statements(cells: list[str]) -> tuple[list[_Statement], list[str]]:
    statements: list[_Statement] = []
    notes: list[str] = []
    for number, cell in enumerate(cells):
        source, had_magics = _python_lines(cell)
        if had_magics:
            notes.append(f"code cell {number + 1}: magics and shell lines are left out")
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            where = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            notes.append(f"code cell {number + 1}{where} is not Python, and is left out")
            continue
        for index, node in enumerate(tree.body):
            segment = _source_of(source, node)
            statements.append(_Statement((number, index), segment, _bound(node), _read(node)))
    return statements, notes


def _source_of(source: str, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    lines = source.splitlines()[first - 1 : node.end_lineno]
    if node.col_offset and not decorators:
        # several statements share a line
        return ast.get_source_segment(source, node) or ""
    return "\n".join(lines)


def _bound(node: ast.stmt) -> frozenset[str]:
    """Return the names that a statement defines for later ones; what runs for its effects defines none."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return frozenset({node.name})
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return frozenset((alias.asname or alias.name.partition(".")[0]) for alias in node.names)
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return frozenset(
            part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)
        )
    if isinstance(node, (ast.If, ast.Try, ast.With)):
        inner = [child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node]
        return frozenset().union(*(_bound(child) for child in inner))
    return frozenset()


def _read(node: ast.stmt) -> frozenset[str]:
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def _last(statements: list[_Statement], name: str) -> _Statement | None:
    return next((statement for statement in reversed(statements) if name in statement.binds), None)
