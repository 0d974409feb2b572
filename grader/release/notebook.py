"""The assignment as a notebook, made from the solution: with stubs, solved, or as a source for nbgrader."""

from __future__ import annotations

import ast
import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import nbformat

from grader.core.assignment import FUNCTIONS, MODULES, TASKS, Task, task_number
from grader.release.stubs import BEGIN, END, stub_source
from grader.submission.notebook import tag_of

TEXT = Path(__file__).with_name("assignment.md")
SETUP = """from typing import Any

import numpy as np

from grader.notebook import check, points, train"""
MOST_TRAINING_SECONDS = 30
SCHEMA_VERSION = 3
"""of nbgrader's metadata: https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html"""


class Flavour(StrEnum):
    """The purpose of a notebook."""

    STUDENT = "student"
    SOLVED = "solved"
    NBGRADER = "nbgrader"


@dataclass(frozen=True)
class _Sources:
    """The source of each function of the assignment, and of the helpers that it needs first."""

    functions: Mapping[str, str]
    helpers: Mapping[str, str]


def assignment_notebook(
    solution: Path,
    flavour: Flavour,
    points: Mapping[str, float],
    *,
    pictures: Callable[[str], bytes] | None = None,
) -> Any:
    """Return the assignment as a notebook.

    Parameters
    ----------
    solution
        Folder with the modules of the solution.
    flavour
        Purpose of the notebook: it holds stubs, the solution, or the solution with nbgrader's markers.
    points
        Points of each task by its name.
    pictures
        Function that draws the picture of a task, as PNG; None leaves the pictures out.

    Returns
    -------
    nbformat.NotebookNode
        A valid notebook, which is the same for the same arguments.

    Raises
    ------
    StubError
        If the markers in the solution are wrong.
    """
    sources = _sources(solution, flavour)
    introduction, sections = _texts()
    cells = [_markdown("introduction", introduction), _code("setup", SETUP)]
    for task in TASKS:
        text = f"{_heading(task, points[task.name])}\n\n{sections[task.name]}"
        cells.append(_markdown(f"{task.name}-idea", text, pictures(task.name) if pictures else None))
        for function in (function.name for function in FUNCTIONS.values() if function.task == task.name):
            cells.append(_function_cell(function, sources, flavour))
        cells.append(_check_cell(task, points[task.name], flavour))
    cells.append(_code("train", f'train("A", seconds={MOST_TRAINING_SECONDS})'))
    notebook: Any = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.validate(notebook)
    return notebook


def checksum(cell: Mapping[str, Any]) -> str:
    """Return the checksum of a cell with its metadata, by which nbgrader notices changes."""
    about = cell["metadata"]["nbgrader"]
    parts = [
        cell["source"],
        cell["cell_type"],
        str(about["grade"]),
        str(about["solution"]),
        str(about["locked"]),
        about["grade_id"],
    ]
    if about["grade"]:
        parts.append(str(float(about["points"])))
    return hashlib.md5("".join(parts).encode()).hexdigest()


def _texts() -> tuple[str, dict[str, str]]:
    """Return the introduction, and the text of each task."""
    introduction, *sections = re.split(r"^## (\w+)\n", TEXT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return introduction.strip(), {
        name: text.strip() for name, text in zip(sections[::2], sections[1::2], strict=True)
    }


def _heading(task: Task, points: float) -> str:
    kind = "bonus points" if task.bonus else "points"
    return f"## Task {task_number(task.name)}: {task.title} ({points:g} {kind})"


def _markdown(name: str, text: str, picture: bytes | None = None) -> Any:
    cell: Any = nbformat.v4.new_markdown_cell(text, id=name)
    if picture is not None:
        cell["source"] += f"\n\n![](attachment:{name}.png)"
        cell["attachments"] = {f"{name}.png": {"image/png": base64.b64encode(picture).decode()}}
    return cell


def _code(name: str, source: str, **metadata: Any) -> Any:
    return nbformat.v4.new_code_cell(source, id=name, metadata=metadata)


def _with_nbgrader(cell: Any, grade_id: str, *, points: float | None = None) -> Any:
    graded = points is not None
    about: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "grade": graded,
        "grade_id": grade_id,
        "locked": graded,
        "solution": not graded,
        "task": False,
        "cell_type": cell["cell_type"],
    }
    if points is not None:
        about["points"] = points
    cell["metadata"]["nbgrader"] = about
    # the dictionary above was copied into the cell
    cell["metadata"]["nbgrader"]["checksum"] = checksum(cell)
    return cell


def _function_cell(function: str, sources: _Sources, flavour: Flavour) -> Any:
    source, helpers = sources.functions[function], sources.helpers.get(function, "")
    if helpers and flavour is Flavour.NBGRADER:
        # one region: nbgrader replaces each by a stub, and helpers must not leave one behind
        source = source.rstrip().removesuffix(END).rstrip() + f"\n\n\n{helpers}\n{END}"
    elif helpers:
        source = f"{helpers}\n\n\n{source}"
    cell = _code(function.replace("_", "-"), source, tags=[tag_of(function)])
    return _with_nbgrader(cell, function) if flavour is Flavour.NBGRADER else cell


def _check_cell(task: Task, worth: float, flavour: Flavour) -> Any:
    shown = f'check("{task.name}")'
    name = f"check-{task.name}"
    if flavour is not Flavour.NBGRADER:
        return _code(name, shown)
    scored = f'points("{task.name}")'
    hidden = (
        f"### BEGIN HIDDEN TESTS\n# the value of the last line is the score\n{scored}\n### END HIDDEN TESTS"
    )
    return _with_nbgrader(_code(name, f"{shown}\n{hidden}"), name, points=worth)


def _sources(solution: Path, flavour: Flavour) -> _Sources:
    functions: dict[str, str] = {}
    helpers: dict[str, str] = {}
    for module in MODULES:
        source = (solution / f"{module}.py").read_text(encoding="utf-8")
        # even where no stubs are needed, this checks the markers
        stubs = _functions_of(stub_source(source))
        if flavour is Flavour.STUDENT:
            functions |= stubs
            continue
        full = {name: text for name, text in _functions_of(source).items() if name in stubs}
        helpers |= _helpers_of(source, full)
        functions |= full if flavour is Flavour.NBGRADER else {k: _unmarked(v) for k, v in full.items()}
    return _Sources(functions, helpers)


def _functions_of(source: str) -> dict[str, str]:
    """Return the source of the functions of the assignment, including markers at their end."""
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS:
            end = node.end_lineno or node.lineno
            # comments after the last statement are not part of the node
            while end < len(lines) and lines[end].startswith((" ", "\t")):
                end += 1
            found[node.name] = "\n".join(lines[node.lineno - 1 : end])
    return found


def _unmarked(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))


def _helpers_of(source: str, functions: Mapping[str, str]) -> dict[str, str]:
    """Return the marked blocks at the top level, by the first function that needs them."""
    pattern = rf"^{re.escape(BEGIN)}\n(.*?)\n{re.escape(END)}$"
    blocks = [block.strip("\n") for block in re.findall(pattern, source, flags=re.MULTILINE | re.DOTALL)]
    owners: dict[str, str] = {}
    for block in reversed(blocks):
        # a block may be used by another one: a function that needs the latter needs both
        users = {
            name: text + "".join(b for b, owner in owners.items() if owner == name)
            for name, text in functions.items()
        }
        names = _bound_by(block)
        owners[block] = next(name for name, text in users.items() if _mentions(text, names))
    found: dict[str, str] = {}
    for block in blocks:
        found[owners[block]] = "\n\n\n".join(filter(None, [found.get(owners[block]), block]))
    return found


def _bound_by(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return names


def _mentions(source: str, names: set[str]) -> bool:
    return bool(names & set(re.findall(r"\w+", source)))
