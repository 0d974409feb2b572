"""What one file defines of the assignment, and what of it cannot be used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from grader.core.assignment import FUNCTIONS
from grader.submission.reader.magics import RUNS_PYTHON
from grader.submission.reader.needs import needed, overruled, statements
from grader.submission.reader.source import Loss, merged, read_source
from grader.submission.reader.text import EncodingError, decode

MOST_NOTES = 5
"""on broken statements, a file or a cell"""

_CELL_MAGIC = re.compile(r"^%%(\w+)", re.MULTILINE)
_CELL_BEGINS = re.compile(r"^#\s*(?:%%|In\s?\[)", re.MULTILINE)
_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF8 = re.compile(r"(?i)utf[-_]?8(?:[-_]sig)?$|(?:us-)?ascii$")


@dataclass(frozen=True)
class Place:
    """Where lines come from: line ``first`` of a file, and those below, are ``line`` of ``label`` and on."""

    first: int
    label: str
    line: int


@dataclass(frozen=True)
class Lost:
    """A function whose definition cannot be read: what to tell about it."""

    headline: str
    facts: tuple[str, ...]


@dataclass
class Candidate:
    """A file that may hold functions of the assignment.

    ``text`` is what can be read of it, line by line where it was; None if that is nothing, and then
    ``trouble`` says why. ``defines`` tells of each function of the assignment whether there is more in it
    than a stub; ``imports`` are those that it imports. ``ranges`` are the lines that the functions need.
    ``definitions`` are all functions and classes, where other names may be found.
    """

    path: str
    text: str | None = None
    trouble: str | None = None
    defines: dict[str, bool] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    lost: dict[str, Lost] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    ranges: list[tuple[int, int]] = field(default_factory=list)
    definitions: list[ast.stmt] = field(default_factory=list)
    is_notebook: bool = False

    @property
    def written(self) -> int:
        """How many functions of the assignment are more than stubs."""
        return sum(self.defines.values())

    @property
    def matters(self) -> bool:
        """Whether it holds anything of the assignment."""
        return bool(self.defines or self.lost)


def read_module(path: str, content: bytes, place: Place | None = None) -> Candidate:
    """Read a Python file.

    Parameters
    ----------
    path
        As it was handed in, for messages.
    content
        Its bytes.
    place
        Where it was written, if it is no file of its own.
    """
    label, first = (place.label, place.line) if place else (path, 1)
    found = Candidate(path, places=[place or Place(1, path, 1)])
    try:
        text = decode(content)
    except EncodingError as error:
        where = label if error.line is None else f"{label}, line {error.line + first - 1}"
        found.trouble = f"{where} {error}"
        return found
    _note_coding(text, found.notes, label)
    source = read_source(_without_cell_magics(text))
    if source.magics:
        lines = listed(source.magics, first - 1)
        found.notes.append(f"{label}, {lines}: magics and shell lines are left out")
    note_losses(source.losses, label, first - 1, found)
    parts = statements(source.text, source.tree)
    losers = overruled(parts, [None] * len(parts))
    lines_of_text = source.text.split("\n")
    for loser, winner in losers.items():
        (name,) = parts[loser].binds
        found.notes.append(
            f"{name} is defined in {label}, lines {parts[winner].first + first - 1} and "
            f"{parts[loser].first + first - 1}: line {parts[winner].first + first - 1} counts, "
            "the other is a stub"
        )
        lines_of_text[parts[loser].first - 1 : parts[loser].last] = [""] * (
            parts[loser].last - parts[loser].first + 1
        )
    parts = [part for index, part in enumerate(parts) if index not in losers]
    found.text = "\n".join(lines_of_text)
    for part in parts:
        found.imports |= part.imports & FUNCTIONS.keys()
        for name in (part.binds - part.imports) & FUNCTIONS.keys():
            found.defines[name] = part.defines.get(name, True)
    found.lost = {name: lost for name, lost in found.lost.items() if name not in found.defines}
    found.ranges = joined(
        (parts[i].first, parts[i].last) for i in needed(parts, [*found.defines, *found.imports])
    )
    found.definitions = definitions_of(source.tree)
    return found


def definitions_of(tree: ast.Module) -> list[ast.stmt]:
    """Return the functions and classes at the top level."""
    return [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]


def _without_cell_magics(text: str) -> str:
    """Return a script without the cells of other languages that were exported into it."""
    pieces, position = [], 0
    while (found := _CELL_MAGIC.search(text, position)) is not None:
        pieces.append(text[position : found.start()])
        begins = _CELL_BEGINS.search(text, found.end())
        stop = len(text) if begins is None else begins.start()
        if found[1] in RUNS_PYTHON:
            stop = text.find("\n", found.end())
            stop = len(text) if stop < 0 else stop
        # every other line keeps its number
        pieces.append("\n" * text.count("\n", found.start(), stop))
        position = stop
    return "".join([*pieces, text[position:]]) if pieces else text


def _note_coding(text: str, notes: list[str], label: str) -> None:
    for line in text.split("\n", 2)[:2]:
        if (coding := _CODING.match(line)) and not _UTF8.match(coding[1]):
            notes.append(f"{label} says that it is {coding[1][:30]}: it is read as UTF-8")


def note_losses(losses: Sequence[Loss], label: str, offset: int, found: Candidate) -> None:
    """Write down what could not be read of a text.

    Parameters
    ----------
    losses
        The broken statements.
    label
        What the text is called.
    offset
        The lines above it.
    found
        Receives notes, and the functions that are lost.
    """
    told = merged(losses)
    for loss in told[:MOST_NOTES]:
        shown = loss.shown.strip()
        end = f": {shown}" if shown else ""
        found.notes.append(f"{label}, line {loss.line + offset}: left out, because of {quoted(loss)}{end}")
    if len(told) > MOST_NOTES:
        found.notes.append(f"{label}: {len(told) - MOST_NOTES} more statements cannot be read")
    for loss in losses:
        if loss.name in FUNCTIONS:
            where = f"{label}, line {loss.line + offset}:"
            caret = " " * (loss.column - 1) + "^"
            headline = f"{loss.name} cannot be read: {loss.message}."
            found.lost[str(loss.name)] = Lost(headline, (where, loss.shown, caret))


def quoted(loss: Loss) -> str:
    """Return the message of a loss as a part of a sentence."""
    plain = loss.message.startswith("marks of a merge")
    return loss.message if plain else f'"{loss.message}"'


def listed(lines: Sequence[int], offset: int = 0) -> str:
    """Return ``line 3`` or ``lines 3, 5, 8``."""
    shown = ", ".join(str(line + offset) for line in lines[:MOST_NOTES])
    more = " and more" if len(lines) > MOST_NOTES else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges of lines in order, neighbours as one."""
    found: list[tuple[int, int]] = []
    for first, last in ranges:
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found
