"""Collect from a notebook the definitions that the assignment's functions need, without running anything."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from dataclasses import dataclass
from typing import Any

from grader.core.assignment import FUNCTIONS
from grader.core.errors import NotebookError

_NEWLINE = re.compile(r"\r\n|\r|\n")
"""what ends a line of Python; str.splitlines knows more"""

_MAGIC = re.compile(
    r"""(?P<indent>\s*)
    (?: (?: [\w., ]+ = \s* )? (?: %{1,2} [A-Za-z] | ! (?!=) )  # %magic, files = !ls
      | \?                                                  # ?name
      | [\w.*]+ \?{1,2} \s* $                               # name?
    )""",
    re.VERBOSE,
)
IGNORED = "ignore"
"""tag of a cell that is only tried out in"""
_RUNS_PYTHON = frozenset({"%%capture", "%%prun", "%%time", "%%timeit"})

_DEFINES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.If,
    ast.Try,
    ast.With,
)
"""statements that are kept where one of their names is needed; others run for their effects"""


@dataclass(frozen=True)
class _Statement:
    """A statement at the top of a cell: its source, the names it binds and the names it reads."""

    position: tuple[int, int]
    source: str
    binds: frozenset[str]
    reads: frozenset[str]


def tag_of(function: str) -> str:
    """Return the tag of the cell that a function is to be written in."""
    return f"function:{function}"


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
    with warnings.catch_warnings():
        # of nbformat about cells without ids, of the parser about escapes: it is not this user's doing
        warnings.simplefilter("ignore")
        cells = _code_cells(content, name)
        statements, notes = _statements(cells)
    wanted = [found for function in FUNCTIONS if (found := _last(statements, function)) is not None]
    if not wanted:
        raise NotebookError(f"{name} defines none of the functions of the assignment in a code cell.")
    for function in FUNCTIONS:
        count = sum(function in statement.binds for statement in statements)
        if count > 1:
            notes.append(f"{function} is defined {count} times: the last one counts")
        notes += _elsewhere(cells, statements, function)
    used: dict[tuple[int, int], _Statement] = {}
    # what a star import brings is unknown, so every one of them counts as needed
    waiting = [*wanted, *(statement for statement in statements if "*" in statement.binds)]
    while waiting:
        statement = waiting.pop()
        if statement.position in used:
            continue
        used[statement.position] = statement
        for read in statement.reads:
            waiting.extend(other for other in statements if read in other.binds)
    ordered = [used[position] for position in sorted(used)]
    return "\n\n".join(statement.source for statement in ordered) + "\n", notes


@dataclass(frozen=True)
class _Cell:
    source: str
    tags: tuple[str, ...]


def _code_cells(content: bytes, name: str) -> list[_Cell]:
    import nbformat  # takes a tenth of a second, and only notebooks need it

    try:
        notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
        return [
            _Cell("".join(cell.source), _tags(cell.metadata))
            for cell in notebook.cells
            if cell.cell_type == "code"
        ]
    except Exception as error:  # nbformat and its validator raise many kinds for a damaged file
        reason = str(error).strip().splitlines()
        raise NotebookError(
            f"{name} is not a readable notebook: {(reason or ['damaged'])[0][:200]}."
        ) from error


def _tags(metadata: Any) -> tuple[str, ...]:
    """Return the tags of a cell; its metadata may be anything."""
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _elsewhere(cells: list[_Cell], statements: list[_Statement], function: str) -> list[str]:
    """Return a note if a function is not taken from the cell that is meant for it."""
    meant = [number for number, cell in enumerate(cells) if tag_of(function) in cell.tags]
    taken = _last(statements, function)
    if taken is None or not meant or taken.position[0] in meant:
        return []
    return [
        f"{function} is taken from code cell {taken.position[0] + 1}, "
        f"not from the one that is tagged for it, {meant[-1] + 1}"
    ]


def _python_lines(cell: str) -> tuple[str, bool]:
    """Return a cell without magics and shell lines, and whether there were any."""
    if cell.lstrip().startswith("%%"):
        first, _, rest = cell.lstrip().partition("\n")
        return (_python_lines(rest)[0] if first.split()[0] in _RUNS_PYTHON else ""), True
    try:
        ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = _NEWLINE.split(cell)
    else:
        return cell, False
    # a line must stay: it may be all that a block holds
    kept = [f"{magic['indent']}pass" if (magic := _MAGIC.match(line)) else line for line in lines]
    return "\n".join(kept), kept != lines


def _statements(cells: list[_Cell]) -> tuple[list[_Statement], list[str]]:
    statements: list[_Statement] = []
    notes: list[str] = []
    for number, cell in enumerate(cells):
        if IGNORED in cell.tags:
            notes.append(f"code cell {number + 1} is tagged '{IGNORED}', and is left out")
            continue
        source, had_magics = _python_lines(cell.source)
        if had_magics:
            notes.append(f"code cell {number + 1}: magics and shell lines are left out")
        try:
            lines = _NEWLINE.split(source)
            statements += [
                _statement((number, index), _source_of(lines, node), node)
                for index, node in enumerate(ast.parse(source).body)
            ]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            where = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            notes.append(f"code cell {number + 1}{where} is not Python, and is left out")
    return statements, notes


def _source_of(lines: list[str], node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    segment = lines[first - 1 : node.end_lineno]
    # several simple statements may share a line; columns count bytes
    segment[-1] = segment[-1].encode()[: node.end_col_offset].decode()
    if not decorators:
        segment[0] = segment[0].encode()[node.col_offset :].decode()
    return "\n".join(segment)


def _statement(position: tuple[int, int], source: str, node: ast.stmt) -> _Statement:
    """Find out which names a statement defines for later ones, and which it needs from elsewhere."""
    module = symtable.symtable(source, "<cell>", "exec")
    binds, reads = set[str](), set[str]()
    for symbol in module.get_symbols():
        if symbol.is_referenced():
            reads.add(symbol.get_name())
        if isinstance(node, _DEFINES) and (symbol.is_assigned() or symbol.is_imported()):
            binds.add(symbol.get_name())
    inner = module.get_children()
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        reads.update(symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global())
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        binds.add("*")
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        # TABLE[0] = 1 completes what TABLE is
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        binds.update(name for target in targets if (name := _owner(target)) is not None)
    return _Statement(position, source, frozenset(binds), frozenset(reads))


def _owner(target: ast.expr) -> str | None:
    """Return the name of the variable that ``name[...] = `` or ``name.attribute = `` changes."""
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def _last(statements: list[_Statement], name: str) -> _Statement | None:
    return next((statement for statement in reversed(statements) if name in statement.binds), None)
