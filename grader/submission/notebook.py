"""Collect from a notebook the definitions that the assignment's functions need, without running anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from grader.core.assignment import FUNCTIONS
from grader.core.errors import NotebookError
from grader.submission.reader import cells as format_
from grader.submission.reader.candidates import (
    Candidate,
    Place,
    definitions_of,
    joined,
    note_losses,
)
from grader.submission.reader.magics import RUNS_PYTHON, WRITES_FILE, cell_magic, without_prompts
from grader.submission.reader.needs import Statement, needed, overruled, statements
from grader.submission.reader.source import read_source
from grader.submission.reader.text import EncodingError

IGNORED = "ignore"
"""tag of a cell that is only tried out in"""
NOTEBOOK = "notebook.py"
"""what the definitions of a notebook are called"""


def tag_of(function: str) -> str:
    """Return the tag of the cell that a function is to be written in."""
    return f"function:{function}"


def definitions(content: bytes, name: str) -> tuple[str, list[str]]:
    """Return a module with the assignment's functions of a notebook and all they need.

    Parameters
    ----------
    content
        The notebook, JSON of nbformat 2, 3 or 4.
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
    found, _ = read_notebook(name, content)
    if found.trouble is not None or not found.defines:
        raise NotebookError(
            f"{found.trouble}."
            if found.trouble
            else f"{name} defines none of the functions of the assignment."
        )
    return found.text or "", found.notes


@dataclass(frozen=True)
class WrittenFile:
    """A file that a cell writes with ``%%writefile``."""

    name: str
    content: bytes
    place: Place


@dataclass
class _ReadCell:
    number: int
    lines: list[str]
    tags: tuple[str, ...]
    ran: bool | None
    statements: list[Statement]


def read_notebook(path: str, content: bytes) -> tuple[Candidate, list[WrittenFile]]:
    """Read a notebook.

    Parameters
    ----------
    path
        As it was handed in, for messages.
    content
        Its bytes.

    Returns
    -------
    (candidate, files)
        What it defines, and the files that its cells write.
    """
    found = Candidate(path, is_notebook=True)
    try:
        cells = format_.code_cells(content)
    except (EncodingError, format_.NotebookError) as error:
        found.trouble = f"{path} {error}"
        return found, []
    written: dict[str, WrittenFile] = {}
    read = [cell for one in cells if (cell := _read_cell(one, found, written)) is not None]
    _compose(read, found)
    return found, list(written.values())


def _read_cell(cell: format_.Cell, found: Candidate, written: dict[str, WrittenFile]) -> _ReadCell | None:
    label = f"cell {cell.number}"
    if IGNORED in cell.tags:
        found.notes.append(f"{label} is tagged '{IGNORED}', and is left out")
        return None
    text = cell.source
    magic = cell_magic(text)
    if magic.names:
        last = magic.names[-1]
        lines = text.split("\n")
        if last in WRITES_FILE:
            text = "\n".join(lines[magic.lines :])
            name = _write(magic.arguments, text, label, magic.lines, written)
            found.notes.append(f"{label} is {f'taken as {name}' if name else 'a file, and is left out'}")
            return None
        if last not in RUNS_PYTHON:
            found.notes.append(f"{label} begins with %%{last[:30]}, and is left out")
            return None
        text = "\n" * magic.lines + "\n".join(lines[magic.lines :])
    source = read_source(without_prompts(text))
    if source.magics or magic.names:
        found.notes.append(f"{label}: magics and shell lines are left out")
    if source.losses and not source.tree.body:
        loss = source.losses[0]
        found.notes.append(
            f"{label} is not Python, and is left out (line {loss.line}: "
            f'"{loss.message}": {loss.shown.strip()})'
        )
        note_losses(source.losses, label, 0, quiet := Candidate(found.path))
        found.lost.update(quiet.lost)
    else:
        note_losses(source.losses, label, 0, found)
    found.definitions += definitions_of(source.tree)
    parts = statements(source.text, source.tree)
    return _ReadCell(cell.number, source.text.split("\n"), cell.tags, cell.ran, parts)


def _write(arguments: str, text: str, label: str, above: int, written: dict[str, WrittenFile]) -> str | None:
    """Keep the file that a cell writes, and return its name; None if it is not Python.

    Of several with one name the last counts, as on a disk.
    """
    words = arguments.split()
    name = words[-1].strip("\"'").removeprefix("./") if words else ""
    if not name.endswith(".py") or "/" in name or "\\" in name:
        return None
    before = written.get(name)
    if before is not None and any(word in ("-a", "--append") for word in words[:-1]):
        written[name] = WrittenFile(name, before.content + b"\n" + text.encode(), before.place)
    else:
        written[name] = WrittenFile(name, text.encode() + b"\n", Place(1, label, above + 1))
    return name


def _compose(cells: Sequence[_ReadCell], found: Candidate) -> None:
    """Put together what the functions need, each cell as a block, and remember where the blocks come from."""
    owners = [cell for cell in cells for _ in cell.statements]
    parts = [statement for cell in cells for statement in cell.statements]
    losers = overruled(parts, [cell.ran for cell in owners])
    _note_choices(parts, owners, losers, found.notes)
    kept = [index for index in range(len(parts)) if index not in losers]
    found.defines = {
        name: parts[index].defines.get(name, True)
        for index in kept
        for name in parts[index].binds & FUNCTIONS.keys()
    }
    found.lost = {name: lost for name, lost in found.lost.items() if name not in found.defines}
    _note_tags(cells, parts, owners, kept, found.notes)
    used = [kept[index] for index in needed([parts[index] for index in kept], found.defines)]
    used = _without_replaced(parts, used)
    blocks: list[str] = []
    line = 1
    if any(statement.future for statement in parts):
        blocks.append("from __future__ import annotations")
        line = 3
    by_cell: dict[int, list[Statement]] = defaultdict(list)
    for index in used:
        if not parts[index].future:
            by_cell[owners[index].number].append(parts[index])
    ranges: list[tuple[int, int]] = []
    for cell in cells:
        chosen = by_cell.get(cell.number)
        if not chosen:
            continue
        first, last = chosen[0].first, chosen[-1].last
        lines = [""] * (last - first + 1)
        for statement in chosen:
            lines[statement.first - first : statement.last - first + 1] = cell.lines[
                statement.first - 1 : statement.last
            ]
            ranges.append((statement.first - first + line, statement.last - first + line))
        found.places.append(Place(line, f"cell {cell.number}", first))
        blocks.append("\n".join(lines))
        # blocks are separated by an empty line
        line += len(lines) + 1
    found.ranges = joined(ranges)
    found.text = "\n\n".join(blocks) + "\n"


def _without_replaced(parts: Sequence[Statement], used: Sequence[int]) -> list[int]:
    """Leave out definitions that later ones replace, unless a statement in between makes use of them."""
    replaced: set[int] = set()
    after: dict[str, int] = {}
    for index in reversed(used):
        statement = parts[index]
        if statement.defines and statement.binds <= after.keys():
            replaced.add(index)
        elif statement.defines:
            after.update(dict.fromkeys(statement.defines, index))
        else:
            for name in statement.reads:
                after.pop(name, None)
    return [index for index in used if index not in replaced]


def _note_choices(
    parts: Sequence[Statement], owners: Sequence[_ReadCell], losers: dict[int, int], notes: list[str]
) -> None:
    """Say of each function that is defined more than once which cell counts."""
    for function in FUNCTIONS:
        indices = [index for index, part in enumerate(parts) if function in part.binds]
        numbers = list(dict.fromkeys(owners[index].number for index in indices))
        if len(indices) < 2:
            continue
        winner = max(index for index in indices if index not in losers)
        taken = owners[winner].number
        reasons = {
            "a stub" if not parts[index].defines.get(function, True) else "never run"
            for index in losers
            if index in indices
        }
        why = f"what comes later is {' or '.join(sorted(reasons))}" if reasons else "the last one"
        if len(numbers) == 1:
            lines = f"line {parts[winner].first} counts, {why}"
            notes.append(f"{function} is defined {len(indices)} times in cell {taken}: {lines}")
        else:
            named = ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
            notes.append(f"{function} is defined in cells {named}: cell {taken} counts, {why}")


def _note_tags(
    cells: Sequence[_ReadCell],
    parts: Sequence[Statement],
    owners: Sequence[_ReadCell],
    kept: Sequence[int],
    notes: list[str],
) -> None:
    """Say which functions are not taken from the cells that are meant for them."""
    last = {name: owners[index].number for index in kept for name in parts[index].binds & FUNCTIONS.keys()}
    for function, taken in last.items():
        meant = [cell.number for cell in cells if tag_of(function) in cell.tags]
        if meant and taken not in meant:
            notes.append(
                f"{function} is taken from cell {taken}, not from the one that is tagged for it, {meant[-1]}"
            )
