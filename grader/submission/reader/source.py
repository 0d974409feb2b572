"""Read a text as Python and keep what can be read: a statement that is broken costs itself and no other."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from grader.submission.limits import MOST_STATEMENTS
from grader.submission.reader.magics import logical_lines, without_magics
from grader.submission.reader.words import in_plain_words

_STARTS = re.compile(r"(?:def|class|import|from|async[ ]def)\b")
"""what no line inside of brackets begins with"""
_DEFINES = re.compile(r"(?:async[ ]+)?(?:def|class)\b|@")
_BLOCK = re.compile(r"(?:async|class|def|for|if|match|try|while|with)\b|@")
_GOES_ON = re.compile(r"(?:elif|else|except|finally)\b")
_NAMED = re.compile(r"(?:@[^\n]*\n|\s*\n)*(?:async[ ]+)?(?:def|class)[ ]+(\w+)")
_MERGE_MARKS = re.compile(r"(?:<{7}|>{7}|\|{7}|={7})(?: |$)")
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)

MOST_EXCERPT = 100
TOO_LARGE = "too large, or nested too deeply, to be read"


class Loss(NamedTuple):
    """A statement that cannot be read: its lines, what it would have defined, and what is wrong.

    ``line`` is where the parser stopped, ``shown`` that line, and ``column`` the place in it, from 1.
    """

    first: int
    last: int
    name: str | None
    line: int
    message: str
    shown: str
    column: int


class Source(NamedTuple):
    """A text that compiles: every line has its old number, and what could not be read is empty."""

    text: str
    tree: ast.Module
    losses: tuple[Loss, ...]
    magics: tuple[int, ...]


def read_source(text: str) -> Source:
    """Read Python, with whatever of it is broken left out.

    Parameters
    ----------
    text
        Python source; magics and shell lines may stand in it.
    """
    with warnings.catch_warnings():
        # about escapes and the like: it is not this user's doing
        warnings.simplefilter("ignore")
        tree = _tree(text)
        if tree is not None:
            return Source(text, tree, (), ()) if len(tree.body) <= MOST_STATEMENTS else _too_many(text)
        text, magics = without_magics(text)
        tree = _tree(text) if magics else None
        losses: list[Loss] = []
        if tree is None:
            units = list(islice(_units(text, text.split("\n")), MOST_STATEMENTS + 1))
            if len(units) > MOST_STATEMENTS:
                return _too_many(text)
            text = _without_broken(text, units, losses)
            tree = _tree(text)
        if tree is None:
            text = _with_future_first(text)
            tree = _tree(text)
        if tree is None:
            # every statement alone can be read, and all together cannot
            lines = text.split("\n")
            losses.append(_loss(text, 1, len(lines)) or Loss(1, len(lines), None, 1, "not Python", "", 1))
            text, tree = "", ast.Module([], [])
        if len(tree.body) > MOST_STATEMENTS:
            return _too_many(text)
        return Source(text, tree, tuple(losses), tuple(magics))


def _too_many(text: str) -> Source:
    lines = text.split("\n")
    message = f"more than {MOST_STATEMENTS} statements: keep data in a file of its own"
    return Source("", ast.Module([], []), (Loss(1, len(lines), None, 1, message, "", 1),), ())


def _tree(text: str) -> ast.Module | None:
    try:
        tree = ast.parse(text)
        if len(tree.body) > MOST_STATEMENTS:
            return tree
        # return outside of a function and the like are found here only
        compile(tree, "<submission>", "exec", dont_inherit=True)
    except _UNREADABLE:
        return None
    return tree


def _without_broken(text: str, units: list[tuple[int, int]], losses: list[Loss]) -> str:
    """Return a text in which the lines of broken statements are empty."""
    lines = text.split("\n")
    pending: list[tuple[int, int, bool]] = []
    before: tuple[int, int] | None = None
    torn = False
    for first, last in units:
        good = _tree("\n".join(lines[first - 1 : last])) is not None
        if not good and before is not None and _goes_on_with_a_body(lines, first, last):
            # a line at the left in the middle of a function: what stands above it is half a function
            if torn:
                pending.pop()
            first, torn = before[0], True
            pending.append((first, last, True))
        elif not good:
            pending.append((first, last, False))
            torn = False
        else:
            torn = False
        begins_definition = torn or (good and _DEFINES.match(lines[first - 1]) is not None)
        before = (first, last) if begins_definition else None
    for first, last, whole in pending:
        found = _loss("\n".join(lines[first - 1 : last]), first, last)
        broken = [(first, last)] if whole else _broken_pieces(lines, first, last)
        for number, (start, end) in enumerate(broken):
            piece = "\n".join(lines[start - 1 : end])
            # the first piece is where the trouble begins: what the parser said of the whole is about it
            loss = found if number == 0 and found and start <= found.line <= end else None
            loss = loss or _loss(piece, start, end)
            if loss is not None:
                named = _NAMED.match(piece)
                losses.append(loss._replace(first=start, last=end, name=named[1] if named else None))
        for start, end in broken:
            lines[start - 1 : end] = [""] * (end - start + 1)
    return "\n".join(lines)


def _goes_on_with_a_body(lines: list[str], first: int, last: int) -> bool:
    """Whether a unit holds indented lines that its own first line cannot explain."""
    if _BLOCK.match(lines[first - 1]):
        return False
    return any(line[:1] in (" ", "\t") and line.strip() for line in lines[first:last])


def _units(text: str, lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last lines of what stands at the top level, with all that is indented below it."""
    first: int | None = None
    last, decorated = 0, False
    for line in logical_lines(text):
        head = lines[line.first - 1]
        at_top = head[:1] not in ("", " ", "\t", "#")
        if at_top and first is not None and not decorated and not _GOES_ON.match(head):
            yield first, last
            first = None
        if at_top:
            decorated = head.startswith("@")
        if first is None and head.strip():
            first = line.first
        last = line.last
    if first is not None:
        yield first, min(last, len(lines))


def _broken_pieces(lines: list[str], first: int, last: int) -> list[tuple[int, int]]:
    """Divide a broken unit at every line that begins at the left, and return what of it is broken.

    Neighbours that are broken are one piece, unless one begins a definition.
    """
    starts: list[int] = []
    decorated = False
    for number in range(first, last + 1):
        head = lines[number - 1]
        if number == first or (
            head[:1] not in ("", " ", "\t", "#", ")", "]", "}") and not decorated and not _GOES_ON.match(head)
        ):
            starts.append(number)
        if head[:1] not in ("", " ", "\t", "#"):
            decorated = head.startswith("@")
    if len(starts) > MOST_STATEMENTS:
        return [(first, last)]
    broken: list[tuple[int, int]] = []
    for start, end in zip(starts, [*(number - 1 for number in starts[1:]), last], strict=True):
        if _tree("\n".join(lines[start - 1 : end])) is not None:
            continue
        if broken and broken[-1][1] == start - 1 and not _STARTS.match(lines[start - 1]):
            broken[-1] = broken[-1][0], end
        else:
            broken.append((start, end))
    return broken


def _loss(piece: str, first: int, last: int) -> Loss | None:
    """Return what is wrong with a piece of a text that begins in line ``first``; None if nothing is."""
    lines = piece.split("\n")
    marks = [number for number, line in enumerate(lines) if _MERGE_MARKS.match(line)]
    if marks:
        message = "marks of a merge that was not finished: keep one side and remove the marks"
        return Loss(first, last, None, first + marks[0], message, lines[marks[0]][:MOST_EXCERPT], 1)
    try:
        compile(ast.parse(piece), "<submission>", "exec", dont_inherit=True)
    except SyntaxError as error:
        number = min(max(error.lineno or 1, 1), len(lines))
        shown = lines[number - 1]
        message = in_plain_words(type(error).__name__, error.msg or "not Python", shown)
        return Loss(first, last, None, first + number - 1, message, *_excerpt(shown, error.offset or 1))
    except (RecursionError, MemoryError):
        return Loss(
            first,
            last,
            None,
            first,
            TOO_LARGE,
            lines[0][:MOST_EXCERPT],
            1,
        )
    except (ValueError, OverflowError) as error:
        return Loss(first, last, None, first, str(error)[:MOST_EXCERPT], lines[0][:MOST_EXCERPT], 1)
    return None


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """Return a short part of a line around a column, and the column in it."""
    start = max(column - MOST_EXCERPT // 2, 0) if len(line) > MOST_EXCERPT else 0
    return line[start : start + MOST_EXCERPT].replace("\t", " "), max(column - start, 1)


def _with_future_first(text: str) -> str:
    """Return a text with ``from __future__ import`` in its first line, where it must stand."""
    lines = text.split("\n")
    future = [n for n, line in enumerate(lines) if line.startswith("from __future__ import ")]
    if not future:
        return text
    names = dict.fromkeys(lines[n].partition("import ")[2].partition("#")[0].strip() for n in future)
    for n in future:
        lines[n] = ""
    head = lines[0].partition("#")[0].strip()
    lines[0] = f"from __future__ import {', '.join(names)}" + (f"; {head}" if head else "")
    return "\n".join(lines)


def merged(losses: Iterable[Loss]) -> list[Loss]:
    """Return losses with those of one merge as a single one."""
    found: list[Loss] = []
    for loss in losses:
        of_merge = loss.message.startswith("marks of a merge") and loss.name is None
        if not (of_merge and any(other.message == loss.message for other in found)):
            found.append(loss)
    return found
