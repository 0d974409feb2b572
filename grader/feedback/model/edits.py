"""Edits of a plain implementation: where an expression stands, and what comes into its place."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from grader.feedback.model.vocabulary import MIRROR, mirror


@dataclass(frozen=True)
class Edit:
    """A wrong version of a plain implementation.

    ``old`` and ``new`` are texts of what was replaced; ``kind`` names the sentence that says it. ``places``
    are what the edited lines compute, in words. ``both`` says that rows and columns were edited alike, and
    ``everywhere`` that all lines were.
    """

    kind: str
    old: str
    new: str
    places: tuple[str, ...]
    source: str
    both: bool = False
    everywhere: bool = False


@dataclass(frozen=True)
class Proposal:
    """What may stand in the place of an expression."""

    kind: str
    new: str


@dataclass(eq=False)
class Form:
    """The syntax tree of a plain implementation."""

    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """Name of the plain implementation."""
        return self.function.__name__

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the source, beginning with that of ``def``."""
        return textwrap.dedent(inspect.getsource(self.function)).splitlines()

    @cached_property
    def tree(self) -> ast.FunctionDef:
        """The function without its docstring and annotations."""
        (definition,) = ast.parse("\n".join(self.lines)).body
        assert isinstance(definition, ast.FunctionDef)
        del definition.body[0]
        definition.returns = None
        for argument in definition.args.args:
            argument.annotation = None
        return definition

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its parameters and variables."""
        arguments = {argument.arg for argument in self.tree.args.args}
        used = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        return frozenset(arguments | used)

    @property
    def source(self) -> str:
        """The source as it is edited."""
        return ast.unparse(self.tree)

    def place(self, line: int) -> str:
        """Return in words what a line computes; empty if it does not say."""
        return self.lines[line - 1].partition("  # ")[2]

    @cached_property
    def expressions(self) -> list[tuple[ast.expr, str]]:
        """All expressions that are read, with their texts, in the order of the source."""
        found = []
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.expr) or isinstance(node, ast.Slice):
                continue
            if isinstance(getattr(node, "ctx", None), ast.Store) and not isinstance(node, ast.Subscript):
                continue
            found.append((node, ast.unparse(node)))
        inner = [(node, text) for node, text in found if self.place(node.lineno)]
        return sorted(inner, key=lambda item: (item[0].lineno, item[0].col_offset))

    def sites(self, text: str) -> list[ast.expr]:
        """Return where an expression stands."""
        return [node for node, found in self.expressions if found == text]

    def replaced(self, table: Iterable[tuple[ast.expr, str]]) -> str:
        """Return the source with other expressions in the place of some."""
        news = {id(node): new for node, new in table}
        marks = {id(node): node for node, _ in self.expressions if id(node) in news}
        for node in marks.values():
            node.replaced_by = news[id(node)]  # type: ignore[attr-defined]
        try:
            tree = copy.deepcopy(self.tree)
        finally:
            for node in marks.values():
                del node.replaced_by  # type: ignore[attr-defined]
        return ast.unparse(ast.fix_missing_locations(_Replacing().visit(tree)))


class _Replacing(ast.NodeTransformer):
    def visit(self, node: ast.AST) -> Any:
        new = getattr(node, "replaced_by", None)
        if new is not None:
            expression: Any = ast.parse(new, mode="eval").body
            if isinstance(getattr(node, "ctx", None), ast.Store):
                expression.ctx = ast.Store()
            return expression
        return self.generic_visit(node)


BUILTIN = frozenset({"np", "int", "round", "range", "exactly", "first"})


def names_in(text: str) -> set[str]:
    """Return the names that an expression uses."""
    return {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}


Propose = Callable[[ast.expr, str], Iterator[Proposal]]


def expression_edits(form: Form, propose: Propose) -> Iterator[Edit]:
    """Make every proposed replacement: everywhere, in a line, once; in one direction, and in both.

    Parameters
    ----------
    form
        The plain implementation.
    propose
        Yields what may stand in the place of an expression, given it and its text.

    Yields
    ------
    Edit
        Some with the same source as others.
    """
    proposed: dict[tuple[str, str], str] = {}
    known = form.names | BUILTIN
    for node, text in form.expressions:
        for proposal in propose(node, text):
            if names_in(proposal.new) <= known:
                proposed.setdefault((text, proposal.new), proposal.kind)
    for (old, new), kind in proposed.items():
        yield from _placed(form, kind, old, new)


def _placed(form: Form, kind: str, old: str, new: str) -> Iterator[Edit]:
    sites = form.sites(old)
    other_old, other_new = mirror(old), mirror(new)
    others = form.sites(other_old) if other_old != old else []
    by_line: dict[int, list[int]] = {}
    for number, node in enumerate(sites):
        by_line.setdefault(node.lineno, []).append(number)
    choices = [
        list(range(len(sites))),
        *_runs(by_line),
        *by_line.values(),
        *([number] for number in range(len(sites))),
    ]
    # b for a and a for b would be no edit where both are done at once
    exchanged = MIRROR.get(old) == new
    seen: set[tuple[int, ...]] = set()
    for chosen in choices:
        if tuple(chosen) in seen:
            continue
        seen.add(tuple(chosen))
        here = [sites[number] for number in chosen]
        everywhere = len(chosen) == len(sites) and len(by_line) > 1
        yield _edit(form, kind, old, new, [(node, new) for node in here], False, everywhere)
        if others and (len(others) == len(sites) or everywhere):
            there = others if everywhere else [others[number] for number in chosen]
            table = [(node, new) for node in here] + [(node, other_new) for node in there]
            both = "exchanged" if exchanged else kind
            yield _edit(form, both, old, new, table, True, everywhere)


def _runs(by_line: dict[int, list[int]]) -> Iterator[list[int]]:
    """Yield what stands in two lines, or more, that follow one another."""
    run: list[int] = []
    for line, numbers in by_line.items():
        if line - 1 in by_line:
            yield [*by_line[line - 1], *numbers]
        else:
            run = []
        run = [*run, *numbers]
        if line + 1 not in by_line:
            yield run


def _edit(
    form: Form, kind: str, old: str, new: str, table: list[tuple[ast.expr, str]], both: bool, everywhere: bool
) -> Edit:
    places = tuple(dict.fromkeys(form.place(node.lineno) for node, _ in table))
    return Edit(kind, old, new, places, form.replaced(table), both, everywhere)
