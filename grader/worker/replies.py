"""Read what a worker answers. All of it is untrusted: only what can be checked gets past this module."""

from __future__ import annotations

import math
import socket
from dataclasses import dataclass
from typing import Any

from grader.core.text import clean, excerpt
from grader.worker import protocol
from grader.worker.values import NonArray, WireValue

MOST_TEXT = 500
MOST_NAME = 60
"""characters of the name of a type or a file"""


@dataclass(frozen=True)
class ReportedError:
    """An exception in the worker, as it describes it: texts of bounded length, and where it was raised.

    ``call`` is the index of the call in the program; ``kind`` is one of ``missing``, ``not_implemented``,
    ``returned`` and ``raised``, or anything else that a hostile worker may say. ``source`` is the line that
    raised it.
    """

    kind: str
    type: str
    text: str
    where: str | None
    call: int | None
    source: str = ""


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
    echoed, encoded = protocol.receive_header(connection, deadline)
    if echoed != number:
        raise protocol.ProtocolError("answer to another request")
    reply = protocol.decode(encoded)
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


def _error(reply: dict[str, Any]) -> ReportedError:
    error, call = reply["error"], reply.get("call")
    if type(error) is not dict:
        raise protocol.ProtocolError("not an error")
    kind, name, text = _name(error.get("kind")), _name(error.get("type")), _text(error.get("text"))
    where, source = _where(error.get("where"))
    return ReportedError(kind, name, text, where, call if type(call) is int else None, source)


def _where(where: Any) -> tuple[str | None, str]:
    """Return the place of a line, and the line."""
    if type(where) is not list or len(where) != 4 or type(where[1]) is not int:
        return None, ""
    return f"{_name(where[0])}, line {where[1] % 10**7}", _text(where[3]).strip()


def _text(value: Any) -> str:
    return clean(value[:MOST_TEXT]) if type(value) is str else ""


def _name(value: Any) -> str:
    return excerpt(value, MOST_NAME) if type(value) is str else ""


def _foreign(item: dict[str, Any]) -> NonArray:
    shape = item.get("shape")
    if type(shape) is not list or len(shape) > 32 or any(type(size) is not int for size in shape):
        return NonArray(_name(item.get("type")) or "something")
    return NonArray(_name(item.get("type")) or "something", _name(item.get("dtype")), tuple(shape))
