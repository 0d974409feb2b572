"""Frames between the grader and its worker: a fixed prefix, a small JSON header, raw array bytes.

Nothing is pickled. What a worker sends is untrusted: every reader here accepts only what it can check
before it allocates, and raises :class:`ProtocolError` for anything else. Standard library and NumPy only:
the worker loads this file by its path.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

PREFIX = struct.Struct("<QI")
"""request id, length of the header"""

MOST_HEADER_BYTES = 1 << 16
MOST_ARRAYS = 64
MOST_DIMENSIONS = 6
MOST_BODY_BYTES = 64 << 20
JOINED_BYTES = 1 << 18
"""smaller arrays go out together: every system call may wake the other side for a part of a frame"""

DTYPES = {name: np.dtype(name) for name in ("<f4", "<f8", "<i4", "<i8", "|u1", "|b1")}
"""the only array types that cross, little-endian"""


class ProtocolError(Exception):
    """The other side sent something that is not a well-formed frame."""


class Deadline:
    """An absolute point in time; ``seconds`` None means never."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether it has passed."""
        return self._end is not None and time.monotonic() >= self._end

    def at_most(self, seconds: float) -> float:
        """Return so many seconds, or what is left if that is less; never less than 0."""
        return seconds if self._end is None else max(0.0, min(seconds, self._end - time.monotonic()))

    def left(self) -> float | None:
        """Return the seconds that are left, or None if there is no end.

        Raises
        ------
        TimeoutError
            If the deadline has passed.
        """
        if self._end is None:
            return None
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


NEVER = Deadline(None)


def describe(array: np.ndarray) -> list[Any]:
    """Return what a header says of an array: its type and shape."""
    return [array.dtype.newbyteorder("<").str, list(array.shape)]


def extent(dtype: np.dtype[Any], shape: Sequence[int]) -> int:
    """Return the bytes of an array, empty axes counted as one: beside them too NumPy refuses huge axes."""
    return math.prod(max(size, 1) for size in shape) * dtype.itemsize


def described(item: Any) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Check a header's description of an array.

    Returns
    -------
    (dtype, shape)

    Raises
    ------
    ProtocolError
        If it is not a list of one of ``DTYPES`` and at most six sizes of at most 64 MB together.
    """
    if type(item) is not list or len(item) != 2 or type(item[0]) is not str or item[0] not in DTYPES:
        raise ProtocolError("not the description of an array")
    dtype, shape = DTYPES[item[0]], item[1]
    if type(shape) is not list or len(shape) > MOST_DIMENSIONS:
        raise ProtocolError("not the shape of an array")
    if any(type(size) is not int or not 0 <= size <= MOST_BODY_BYTES for size in shape):
        raise ProtocolError("not the size of an array")
    if extent(dtype, shape) > MOST_BODY_BYTES:
        raise ProtocolError("array too large")
    return dtype, tuple(shape)


def encode(header: Any) -> bytes:
    """Return a header as bytes.

    Raises
    ------
    ProtocolError
        If it is longer than a header may be.
    """
    encoded = json.dumps(header, separators=(",", ":")).encode()
    if len(encoded) > MOST_HEADER_BYTES:
        raise ProtocolError("header too long")
    return encoded


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def decode(encoded: bytes) -> dict[str, Any]:
    """Return the header that ``encoded`` holds.

    Raises
    ------
    ProtocolError
        If it is not a JSON object.
    """
    try:
        header = json.loads(encoded, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("header is not JSON") from error
    if type(header) is not dict:
        raise ProtocolError("header is not an object")
    return header


def send(
    connection: socket.socket, number: int, header: bytes, arrays: Sequence[np.ndarray], deadline: Deadline
) -> None:
    """Send a frame.

    Parameters
    ----------
    connection
        A connected stream socket.
    number
        The request's id, below 2**64.
    header
        From :func:`encode`; it must describe ``arrays`` in order.
    arrays
        Little-endian arrays of ``DTYPES``, C-contiguous.
    deadline
        When to give up.

    Raises
    ------
    TimeoutError, OSError
        If the other side did not take it in time, or is gone.
    """
    pieces = [PREFIX.pack(number, len(header)), header]
    for array in arrays:
        if array.nbytes > JOINED_BYTES:
            connection.settimeout(deadline.left())
            connection.sendall(b"".join(pieces))
            pieces = []
            connection.settimeout(deadline.left())
            connection.sendall(array.data.cast("B"))
        elif array.nbytes:
            pieces.append(array.tobytes())
    connection.settimeout(deadline.left())
    connection.sendall(b"".join(pieces))


def receive_into(connection: socket.socket, view: memoryview, deadline: Deadline) -> None:
    """Fill ``view`` from the connection.

    Raises
    ------
    EOFError
        If the other side closed before all of it came.
    TimeoutError
        If the deadline passed.
    """
    got = 0
    while got < len(view):
        connection.settimeout(deadline.left())
        count = connection.recv_into(view[got:])
        if count == 0:
            raise EOFError
        got += count


def receive_header(connection: socket.socket, deadline: Deadline) -> tuple[int, bytes]:
    """Receive the prefix and the header of a frame.

    Returns
    -------
    (number, header)
        The request's id and the undecoded header.

    Raises
    ------
    ProtocolError
        If the header says it is longer than a header may be.
    EOFError, TimeoutError
        As :func:`receive_into`.
    """
    prefix = bytearray(PREFIX.size)
    receive_into(connection, memoryview(prefix), deadline)
    number, length = PREFIX.unpack(prefix)
    if length > MOST_HEADER_BYTES:
        raise ProtocolError("header too long")
    header = bytearray(length)
    receive_into(connection, memoryview(header), deadline)
    return number, bytes(header)


def receive_array(
    connection: socket.socket, dtype: np.dtype[Any], shape: tuple[int, ...], deadline: Deadline
) -> np.ndarray:
    """Receive the bytes of an array whose description was checked.

    Returns
    -------
    ndarray
        A new, writeable, C-contiguous array.
    """
    array = np.empty(shape, dtype)
    if array.nbytes:
        receive_into(connection, array.data.cast("B"), deadline)
    return array
