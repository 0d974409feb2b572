"""Generate ``student/`` from ``solution/``: the same modules without the parts that students write."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.core.assignment import FUNCTIONS, MODULES, TASKS, task_number
from grader.core.errors import StubError
from grader.core.kit import HOME

# the markers that nbgrader knows, so that the same source makes a notebook
BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"

PACKAGE = '"""Your code: every function here that raises NotImplementedError is yours to write."""\n'


@dataclass(frozen=True)
class _Block:
    """A marked part of a source, with the lines of its markers, counted from 0, and its indentation."""

    begin: int
    end: int
    indentation: str


def stub_source(source: str) -> str:
    """Return a module of the solution without its solutions.

    A marked block in a function of the assignment becomes a NotImplementedError that names the task; a marked
    block at the top level disappears.

    Parameters
    ----------
    source
        Python source with markers.

    Returns
    -------
    str
        The source of the stub, formatted as the solution is.

    Raises
    ------
    StubError
        If a marker has no partner, a block is in a place where it cannot be replaced, or a function of the
        assignment has no block, so that its solution would be handed out.
    """
    lines = source.splitlines()
    blocks = list(_blocks(lines))
    functions = _functions(source)
    owners = [_owner(block, functions) for block in blocks]
    for name, line in functions.items():
        if name in FUNCTIONS and name not in owners:
            raise StubError(f"line {line}: {name} has no '{BEGIN}': mark what the student has to write")
    stub: list[str] = []
    rest = 0
    for block, owner in zip(blocks, owners, strict=True):
        stub += lines[rest : block.begin]
        rest = block.end + 1
        if owner is not None:
            stub.append(f'{block.indentation}raise NotImplementedError("{_not_written(owner)}")')
        else:
            rest = _join(stub, lines, rest)
    stub += lines[rest:]
    return "\n".join(stub).rstrip("\n") + "\n"


def write_stubs(solution: Path, student: Path) -> None:
    """Write the stubs of all modules of a solution into a folder.

    Parameters
    ----------
    solution
        Folder with the modules of the solution.
    student
        Folder to write into, which is made if it does not exist. Other files in it are left unchanged.

    Raises
    ------
    StubError
        If the markers in the solution are wrong; then nothing is written.
    """
    stubs = _stubs(solution)
    student.mkdir(parents=True, exist_ok=True)
    for name, source in stubs.items():
        (student / name).write_text(source, encoding="utf-8", newline="\n")


def drifted(solution: Path, student: Path) -> list[str]:
    """Return the names of the files in a folder that are not what the solution generates.

    Parameters
    ----------
    solution
        Folder with the modules of the solution.
    student
        Folder with the stubs.

    Returns
    -------
    list of str
        The names of files that are missing or differ.

    Raises
    ------
    StubError
        If the markers in the solution are wrong.
    """
    names = []
    for name, source in _stubs(solution).items():
        path = student / name
        if not path.is_file() or path.read_text(encoding="utf-8") != source:
            names.append(name)
    return names


def main(arguments: Sequence[str] | None = None, *, home: Path = HOME) -> int:
    """Run the command line: write the stubs, or with ``--check`` compare them.

    Parameters
    ----------
    arguments
        Command-line arguments; those of the process if None.
    home
        Folder with ``solution`` and ``student`` in it.

    Returns
    -------
    int
        Exit code: 1 if stubs and solution differ or the markers are wrong, otherwise 0.
    """
    parser = argparse.ArgumentParser(prog="python -m grader.release.stubs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if student/ is stale")
    options = parser.parse_args(arguments)
    solution, student = home / "solution", home / "student"
    try:
        if not options.check:
            write_stubs(solution, student)
            return 0
        stale = drifted(solution, student)
    except StubError as error:
        print(error, file=sys.stderr)
        return 1
    for name in stale:
        print(f"student/{name} is not what solution/ generates: run python -m grader.release.stubs")
    return 1 if stale else 0


def _stubs(solution: Path) -> dict[str, str]:
    """Return the source of each file of the student's folder by its name."""
    stubs = {"__init__.py": PACKAGE}
    for module in MODULES:
        path = solution / f"{module}.py"
        try:
            stubs[path.name] = stub_source(path.read_text(encoding="utf-8"))
        except StubError as error:
            raise StubError(f"{path}, {error}") from None
    return stubs


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    begin = None
    for number, line in enumerate(lines):
        if line.strip() == BEGIN:
            if begin is not None:
                raise StubError(
                    f"line {number + 1}: '{BEGIN}' inside the block that begins in line {begin + 1}: "
                    f"put '{END}' before it"
                )
            begin = number
        elif line.strip() == END:
            if begin is None:
                raise StubError(f"line {number + 1}: '{END}' without '{BEGIN}' before it")
            yield _Block(begin, number, lines[begin].partition("#")[0])
            begin = None
    if begin is not None:
        raise StubError(f"line {begin + 1}: '{BEGIN}' without '{END}' after it")


def _functions(source: str) -> dict[str, int]:
    """Return the line, counted from 1, of each function and class at the top level, in their order."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise StubError(f"line {error.lineno}: this is not valid Python: {error.msg}") from None
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name: node.lineno for node in tree.body if isinstance(node, definitions)}


def _owner(block: _Block, functions: dict[str, int]) -> str | None:
    """Return the function of the assignment that a block is in, or None for a block at the top level."""
    if not block.indentation:
        return None
    before = [name for name, line in functions.items() if line <= block.begin]
    if not before or before[-1] not in FUNCTIONS:
        place = (
            f"in {before[-1]}, which is not a function of the assignment" if before else "not in a function"
        )
        raise StubError(
            f"line {block.begin + 1}: the block is {place}: put the whole definition between markers"
        )
    return before[-1]


def _not_written(function: str) -> str:
    task = FUNCTIONS[function].task
    title = {task.name: task.title for task in TASKS}[task]
    return f"{function} is not written yet: task {task_number(task)}, {title}"


def _join(stub: list[str], lines: Sequence[str], rest: int) -> int:
    """Close the gap that a block at the top level leaves, and return the index of the next line.

    Of the empty lines before and after the block, the larger number remains.
    """
    before = after = 0
    while stub and not stub[-1]:
        stub.pop()
        before += 1
    while rest < len(lines) and not lines[rest]:
        rest += 1
        after += 1
    stub += [""] * max(before, after)
    return rest


if __name__ == "__main__":
    sys.exit(main())
