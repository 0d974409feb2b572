"""A probe that tries what a submission must not be able to do, once the rights are given up.

Runs in the worker, loaded by its path: standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Callable
from typing import Any


def probe(targets: dict[str, Any]) -> dict[str, bool]:
    """Try what a submission must not be able to do.

    Parameters
    ----------
    targets
        ``read``: a file with a secret. ``write``: a folder. ``connect``: a port on loopback where somebody
        listens. ``process``: the number of the grader's process.

    Returns
    -------
    dict
        For each attempt whether it succeeded; ``processes`` tells whether other processes can be named.
    """
    attempts: dict[str, Callable[[], None]] = {
        "read": lambda: _read(targets["read"]),
        "write": lambda: _write(targets["write"]),
        "connect": lambda: _connect(targets["connect"]),
        "fork": _fork,
        "execute": _execute,
        "signal": lambda: os.kill(targets["process"], 0),
        "trace": lambda: _trace(targets["process"]),
    }
    found = {}
    for name, attempt in attempts.items():
        try:
            attempt()
            found[name] = True
        except (OSError, AttributeError):
            found[name] = False
    # in a namespace of its own it is the second, after that of bubblewrap
    found["processes"] = os.getpid() > 2
    return found


def _read(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 # an import of pathlib would cost more than all of this
        file.read(1)


def _write(folder: str) -> None:
    path = os.path.join(folder, "written")  # noqa: PTH118
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    os.unlink(path)  # noqa: PTH108


def _connect(port: int) -> None:
    with socket.socket() as connection:
        connection.settimeout(1)
        connection.connect(("127.0.0.1", port))


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _execute() -> None:
    # a file that is not there: who may execute is told so
    try:
        os.execv("/nonexistent", ["/nonexistent"])
    except FileNotFoundError:
        return


def _trace(process: int) -> None:
    # nothing is at address 0, but who may look learns that
    here, there = ctypes.create_string_buffer(1), ctypes.c_void_p(0)

    class Span(ctypes.Structure):
        _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))

    local, remote = Span(ctypes.addressof(here), 1), Span(there, 1)
    libc = ctypes.CDLL(None, use_errno=True)
    code = libc.process_vm_readv(process, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
    if code < 0 and ctypes.get_errno() != errno.EFAULT:
        raise OSError(ctypes.get_errno(), "process_vm_readv")
