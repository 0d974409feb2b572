"""Read what a worker answers. All of it is untrusted: only what can be checked gets past this module."""

from __future__ import annotations

import math
import socket
from dataclasses import dataclass
from typing import Any, NamedTuple

from grader.core.text import clean, excerpt
from grader.worker import protocol
from grader.worker.values import NonArray, WireValue

MOST_TEXT = 500
MOST_NAME = 60
"""characters of the name of a type or a file"""
MOST_LEFT_OUT = 10


class Where(NamedTuple):
    """A line of the submission: its file, its number, and what it says."""

    file: str
    line: int
    text: str


class LeftOut(NamedTuple):
    """A statement that was left out of a module: where, what it raised, and names it would have bound."""

    where: Where
    type: str
    text: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Loaded:
    """What was left out of a module that was imported, and how many statements more."""

    left_out: tuple[LeftOut, ...]
    more: int


@dataclass(frozen=True)
class ReportedError:
    """An exception in the worker, as it describes it: texts of bounded length, and where it was raised.

    ``call`` is the index of the call in the program; ``kind`` is one of ``missing``, ``not_implemented``,
    ``returned`` and ``raised``, or anything else that a hostile worker may say.
    """

    kind: str
    type: str
    text: str
    where: Where | None
    call: int | None


def receive_reply(
    connection: socket.socket, number: int, wanted: int, deadline: protocol.Deadline
) -> list[WireValue] | ReportedError:
    """Receive the answer to a request.

    Parameters
    ----------
    connection
        To the worker.
    number
        Of the request: the answer must repeat it.
    wanted
        How many values were asked for.
    deadline
        When to give up.

    Returns
    -------
    list or ReportedError
        The values, or what went wrong in the submission.

    Raises
    ------
    ProtocolError
        If it is anything but a well-formed answer.
    EOFError, TimeoutError, OSError
        If no answer came.
    """
    reply = _receive(connection, number, deadline)
    if "error" in reply:
        return _error(reply)
    items = reply.get("values")
    if type(items) is not list or len(items) != wanted:
        raise protocol.ProtocolError("not the values that were asked for")
    values: list[WireValue] = []
    room = protocol.MOST_BODY_BYTES
    for item in items:
        if type(item) is dict:
            values.append(_foreign(item))
            continue
        dtype, shape = protocol.described(item)
        room -= math.prod(shape) * dtype.itemsize
        if room < 0:
            raise protocol.ProtocolError("answer too large")
        values.append(protocol.receive_array(connection, dtype, shape, deadline))
    return values


def receive_loaded(
    connection: socket.socket, number: int, deadline: protocol.Deadline
) -> Loaded | ReportedError:
    """Receive the answer to a request to import a module; raises as :func:`receive_reply`.

    Returns
    -------
    Loaded or ReportedError
        What was left out, or why nothing of it could be imported.
    """
    reply = _receive(connection, number, deadline)
    if "error" in reply:
        return _error(reply)
    items, more = reply.get("left_out"), reply.get("more")
    if type(items) is not list or len(items) > MOST_LEFT_OUT or type(more) is not int:
        raise protocol.ProtocolError("not what was left out")
    return Loaded(tuple(_left_out(item) for item in items), min(max(more, 0), 10_000))


def _left_out(item: Any) -> LeftOut:
    if type(item) is not list or len(item) != 6 or type(item[1]) is not int or type(item[4]) is not list:
        raise protocol.ProtocolError("not a statement that was left out")
    file, line, kind, text, names, shown = item
    where = Where(_name(file), line % 10**7, _text(shown).strip())
    return LeftOut(where, _name(kind), _text(text), tuple(_text(name) for name in names[:MOST_LEFT_OUT]))


def _receive(connection: socket.socket, number: int, deadline: protocol.Deadline) -> dict[str, Any]:
    echoed, encoded = protocol.receive_header(connection, deadline)
    if echoed != number:
        raise protocol.ProtocolError("answer to another request")
    return protocol.decode(encoded)


def _error(reply: dict[str, Any]) -> ReportedError:
    error, call = reply["error"], reply.get("call")
    if type(error) is not dict:
        raise protocol.ProtocolError("not an error")
    kind, name, text = _name(error.get("kind")), _name(error.get("type")), _text(error.get("text"))
    where = _where(error.get("where"))
    return ReportedError(kind, name, text, where, call if type(call) is int else None)


def _where(where: Any) -> Where | None:
    """Return the place of a line, and the line."""
    if type(where) is not list or len(where) != 4 or type(where[1]) is not int:
        return None
    return Where(_name(where[0]), where[1] % 10**7, _text(where[3]).strip())


def _text(value: Any) -> str:
    return clean(value[:MOST_TEXT]) if type(value) is str else ""


def _name(value: Any) -> str:
    return excerpt(value, MOST_NAME) if type(value) is str else ""


def _foreign(item: dict[str, Any]) -> NonArray:
    shape = item.get("shape")
    if type(shape) is not list or len(shape) > 32 or any(type(size) is not int for size in shape):
        return NonArray(_name(item.get("type")) or "something")
    return NonArray(_name(item.get("type")) or "something", _name(item.get("dtype")), tuple(shape))
