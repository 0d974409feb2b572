"""Find what IPython understands and Python does not: magics, shell lines, help and prompts.

The rules are those of ``IPython.core.inputtransformer2``, with which the tests compare them. They are read
here, and not by IPython, for three reasons: the same notebook is read alike on every machine, every line
keeps its number, and the time grows with the length of a cell alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_ESCAPED = re.compile(r"[ \t]*+(?:[!?%]|[,;/](?=[A-Za-z_]))")
_TIME = re.compile(r"([ \t]*+)%time[ \t]+(?=\S)")
"""runs the statement behind it"""
_TOKEN = re.compile(
    r"""\#[^\n]* | (?P<quote>\"{3}|'{3}|["']) | (?P<open>[\[({]) | (?P<close>[\])}]) | (?P<joined>\\\n)
      | (?P<newline>\n) | (?P<help>\?(?=[ \t]*+(?:\n|\#|$)))
      | (?P<assigned>(?<![=!<>])=[ \t]*+(?:!(?!=)|%(?!=)))""",
    re.VERBOSE,
)
_STRING_ENDS = {
    '"""': re.compile(r'(?:[^"\\]++|\\.|"(?!""))*+"""', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]++|\\.|'(?!''))*+'''", re.DOTALL),
    '"': re.compile(r'(?:[^"\\\n]++|\\.)*+(?:"|(?=\n)|$)', re.DOTALL),
    "'": re.compile(r"(?:[^'\\\n]++|\\.)*+(?:'|(?=\n)|$)", re.DOTALL),
}
_PROMPTS = (
    (re.compile(r"^>>>(?: |$)"), re.compile(r"^(?:>>>|\.\.\.)(?: |$)")),
    (re.compile(r"^ *In \[\d+\]: ?"), re.compile(r"^(?: *In \[\d+\]: ?| *\.{3,}: ?)")),
)
RUNS_PYTHON = frozenset({"capture", "prun", "time", "timeit"})
"""cell magics whose cell is Python"""
WRITES_FILE = frozenset({"writefile", "file"})


class LogicalLine(NamedTuple):
    """A statement's lines, or those of a magic: numbers of the first and the last line, from 1."""

    first: int
    last: int
    magic: bool


class CellMagic(NamedTuple):
    """The magics at the beginning of a cell: the names, the arguments of the last, the number of lines."""

    names: tuple[str, ...]
    arguments: str
    lines: int


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """Divide a text into logical lines; what is a magic is not Python.

    A string or bracket that is never closed takes all that follows along.
    """
    position, number, length = 0, 1, len(text)
    while position < length:
        start = number
        magic = _ESCAPED.match(text, position) is not None
        if magic:
            position, number = _end_of_continued_line(text, position, number)
        else:
            position, number, magic = _end_of_statement(text, position, number)
        yield LogicalLine(start, number - 1, magic)


def _end_of_continued_line(text: str, position: int, number: int) -> tuple[int, int]:
    while True:
        end = text.find("\n", position)
        number += 1
        if end < 0:
            return len(text), number
        if end == position or text[end - 1] != "\\":
            return end + 1, number
        position = end + 1


def _end_of_statement(text: str, position: int, number: int) -> tuple[int, int, bool]:
    depth, is_help = 0, False
    while (found := _TOKEN.search(text, position)) is not None:
        position = found.end()
        kind = found.lastgroup
        if kind == "quote":
            end = _STRING_ENDS[found["quote"]].match(text, position)
            stop = end.end() if end is not None else len(text)
            number += text.count("\n", position, stop)
            position = stop
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif kind == "joined":
            number += 1
        elif kind == "newline":
            number += 1
            if depth == 0:
                return position, number, is_help
        elif kind == "help":
            is_help = True
        elif kind == "assigned" and depth == 0:
            position, number = _end_of_continued_line(text, position, number)
            return position, number, True
    return len(text), number + 1, is_help


def without_magics(text: str) -> tuple[str, list[int]]:
    """Return a text whose magics are replaced by ``pass``, and the numbers of their first lines.

    Every line keeps its number. ``%time`` gives way to the statement that it runs.
    """
    lines, found = text.split("\n"), []
    for line in logical_lines(text):
        if not line.magic:
            continue
        found.append(line.first)
        first = lines[line.first - 1]
        if (timed := _TIME.match(first)) is not None:
            lines[line.first - 1] = timed[1] + first[timed.end() :]
            continue
        # a line must stay: it may be all that a block holds
        lines[line.first - 1] = first[: len(first) - len(first.lstrip())] + "pass"
        lines[line.first : line.last] = [""] * (line.last - line.first)
    return ("\n".join(lines) if found else text), found


def without_prompts(text: str) -> str:
    """Return a text without the prompts of an interactive session, and without a common indentation."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    for at_first, anywhere in _PROMPTS:
        if at_first.match(first):
            return "\n".join(anywhere.sub("", line, count=1) for line in lines)
    indentation = first[: len(first) - len(first.lstrip())]
    if indentation:
        return "\n".join(line.removeprefix(indentation) for line in lines)
    return text


def cell_magic(text: str) -> CellMagic:
    """Return the cell magics with which a cell begins, after comments and empty lines."""
    names: list[str] = []
    arguments, count = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped.startswith("%%") and stripped[2:3].isalpha():
            name, _, arguments = stripped[2:].partition(" ")
            names.append(name)
            count = number
            if name not in RUNS_PYTHON:
                break
        elif stripped and not stripped.startswith("#"):
            break
    return CellMagic(tuple(names), arguments.strip(), count)
