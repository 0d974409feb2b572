"""What the statements of a text define, read and change, and which of them a function needs."""

from __future__ import annotations

import ast
import symtable
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

DEFINING = (
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
"""statements that are there for the names they bind; others are there for what they do"""
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SHOWS = frozenset({"print", "display", "len", "repr", "str", "help", "type"})
"""calls that change none of their arguments"""


class Statement(NamedTuple):
    """A statement at the top level, together with those that share its lines.

    ``binds`` are the names that it defines, ``changes`` those whose values it completes (``TABLE[0] = 1``,
    ``TABLE.update(...)``), ``reads`` those that it uses from elsewhere, and ``passes`` those that it hands to
    a call. ``imports`` are the names that it imports, ``sets`` those that its functions assign when they are
    called. ``defines`` says of each function or class whether it is more than a stub.
    """

    first: int
    last: int
    binds: frozenset[str]
    changes: frozenset[str]
    reads: frozenset[str]
    passes: frozenset[str]
    sets: frozenset[str]
    imports: frozenset[str]
    defines: Mapping[str, bool]
    star: bool
    future: bool


def statements(text: str, tree: ast.Module) -> list[Statement]:
    """Return the statements of a text in order.

    Parameters
    ----------
    text
        Python source.
    tree
        What it parses to.
    """
    lines = text.split("\n")
    found = []
    with warnings.catch_warnings():
        # about escapes and the like: it is not this user's doing
        warnings.simplefilter("ignore")
        for nodes in _by_lines(tree.body):
            first, last = _first_line(nodes[0]), max(node.end_lineno or 0 for node in nodes)
            found.append(_statement(nodes, first, last, "\n".join(lines[first - 1 : last])))
    return found


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _by_lines(body: Iterable[ast.stmt]) -> Iterable[list[ast.stmt]]:
    group: list[ast.stmt] = []
    end = 0
    for node in body:
        if group and _first_line(node) > end:
            yield group
            group = []
        group.append(node)
        end = max(end, node.end_lineno or 0)
    if group:
        yield group


def _statement(nodes: list[ast.stmt], first: int, last: int, source: str) -> Statement:
    # below two empty lines, for it obeys a declaration of an encoding above
    module = symtable.symtable(f"\n\n{source}", "<submission>", "exec")
    binds, changes, reads, passes, imports = set[str](), set[str](), set[str](), set[str](), set[str]()
    defining = any(isinstance(node, DEFINING) for node in nodes)
    for symbol in module.get_symbols():
        if symbol.is_referenced():
            reads.add(symbol.get_name())
        if symbol.is_imported():
            imports.add(symbol.get_name())
        if symbol.is_assigned() or symbol.is_imported():
            (binds if defining else changes).add(symbol.get_name())
    inner = module.get_children()
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        reads.update(symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global())
    for node in nodes:
        if not isinstance(node, DEFINITIONS):
            changes.update(_changed(node))
            passes.update(_passed(node))
    return Statement(
        first,
        last,
        frozenset(binds),
        frozenset(changes),
        frozenset(reads),
        frozenset(passes),
        frozenset(_sets(nodes)),
        frozenset(imports),
        {node.name: _is_written(node) for node in nodes if isinstance(node, DEFINITIONS)},
        any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in nodes),
        any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in nodes),
    )


def _parts(statement: ast.stmt) -> Iterable[ast.AST]:
    """Yield all of a statement that runs with it: not what functions inside of it do later."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, (*DEFINITIONS, ast.Lambda)):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def _changed(statement: ast.stmt) -> Iterable[str]:
    """Yield the names of variables whose values a statement completes, as far as can be seen."""
    for node in _parts(statement):
        target: ast.expr | None = None
        if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, (ast.Store, ast.Del)):
            target = node
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Attribute):
                target = call.func
            elif isinstance(call.func, ast.Name) and call.func.id in {"setattr", "delattr"} and call.args:
                target = call.args[0]
        if target is not None and (name := _owner(target)) is not None:
            yield name


def _passed(statement: ast.stmt) -> Iterable[str]:
    """Yield the names of variables that a statement hands to a call whose result it does not use."""
    for node in _parts(statement):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Name) and call.func.id in _SHOWS:
                continue
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                if isinstance(argument, ast.Name):
                    yield argument.id


def _owner(target: ast.expr) -> str | None:
    """Return the name of the variable to which ``name[...]`` or ``name.attribute`` belongs."""
    while isinstance(target, (ast.Subscript, ast.Attribute, ast.Call)):
        target = target.func if isinstance(target, ast.Call) else target.value
    return target.id if isinstance(target, ast.Name) else None


def _sets(nodes: Iterable[ast.stmt]) -> Iterable[str]:
    """Yield the global variables that functions assign."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in ast.walk(node):
                if isinstance(part, ast.Global):
                    yield from part.names


def _is_written(node: ast.stmt) -> bool:
    """Whether a definition holds more than a stub does."""
    if isinstance(node, ast.ClassDef):
        return any(_is_written(part) for part in node.body if isinstance(part, DEFINITIONS))
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    empty: set[str] = set()
    return not all(_is_nothing(part, empty) for part in node.body)


def _is_nothing(node: ast.stmt, empty: set[str]) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr):
        # a docstring, or ...
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Raise):
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    if isinstance(node, ast.Assign) and _is_none(node.value, empty):
        empty.update(
            part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)
        )
        return True
    return isinstance(node, ast.Return) and (node.value is None or _is_none(node.value, empty))


def _is_none(value: ast.expr, empty: set[str]) -> bool:
    if isinstance(value, ast.Tuple):
        return all(_is_none(part, empty) for part in value.elts)
    if isinstance(value, ast.Name):
        return value.id in empty or value.id == "NotImplemented"
    return isinstance(value, ast.Constant) and value.value in (None, ...)


def needed(found: list[Statement], wanted: Iterable[str]) -> list[int]:
    """Return the indices of the statements that some names need, and all these need, in order.

    Parameters
    ----------
    found
        Statements of a text, or of several one after the other.
    wanted
        Names that should be defined.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    fixed = {name for statement in found for name in (*statement.defines, *statement.imports)}
    sets = {name: statement.sets for statement in found if statement.sets for name in statement.defines}
    for index, statement in enumerate(found):
        # a call may fill a table that it is given, but does not change a function
        names = statement.binds | statement.changes | (statement.passes - fixed)
        if not statement.defines:
            names = names.union(*(sets[name] for name in statement.reads & sets.keys()))
        for name in names:
            by_name[name].append(index)
    waiting, seen, used = list(wanted), set[str](), set[int]()
    # what a star import brings is unknown, so every one of them counts as needed
    stars = [index for index, statement in enumerate(found) if statement.star]
    while waiting or stars:
        if stars:
            indices = stars
            stars = []
        else:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            indices = by_name.get(name, [])
        for index in indices:
            if index not in used:
                used.add(index)
                waiting.extend(found[index].reads)
    return sorted(used)


def overruled(found: list[Statement], ran: Iterable[bool | None]) -> dict[int, int]:
    """Return the definitions that must not count, and for each the one that does.

    A stub below a written function, and a definition that never ran below one that did, would take the place
    of what the author worked with.

    Parameters
    ----------
    found
        Statements in order.
    ran
        For each, whether it was run; None if that is unknown.
    """
    definitions: dict[str, list[int]] = defaultdict(list)
    run = list(ran)
    for index, statement in enumerate(found):
        for name in statement.defines:
            definitions[name].append(index)
    losers: dict[int, int] = {}
    for name, indices in definitions.items():
        best = max(indices, key=lambda index: (found[index].defines[name], run[index] is not False, index))
        losers.update((index, best) for index in indices if index > best and len(found[index].binds) == 1)
    return losers
