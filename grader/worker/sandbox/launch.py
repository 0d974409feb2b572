"""The first code of a worker: give up all rights it does not need, say what is left, then load the worker.

Started as a script: ``python -I -S launch.py CONNECTION``. Standard library only until the rights are
gone, so that not even NumPy is loaded with more of them than a submission has.
"""

from __future__ import annotations

import importlib.util
import json
import socket
import struct
import sys
from typing import Any


def load(name: str, file: str) -> Any:
    """Load a module from a file: it must not be on the student's path."""
    spec = importlib.util.spec_from_file_location(f"_convgrade_{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def receive(connection: socket.socket, count: int) -> bytes:
    """Receive so many bytes."""
    received = b""
    while len(received) < count:
        chunk = connection.recv(count - len(received))
        if not chunk:
            raise EOFError
        received += chunk
    return received


def connect(where: str) -> socket.socket:
    """Return the connection named on the command line: an inherited descriptor, or ``port:token``."""
    port, colon, token = where.partition(":")
    if colon:
        connection = socket.create_connection(("127.0.0.1", int(port)))
        connection.sendall(bytes.fromhex(token))
        return connection
    connection = socket.socket(fileno=int(where))
    connection.set_inheritable(False)
    return connection


def main() -> None:
    """Confine this process, tell the grader what it can still do, and serve."""
    connection = connect(sys.argv[1])
    del sys.argv[1:]
    settings = json.loads(receive(connection, *struct.unpack("<I", receive(connection, 4))))
    sys.dont_write_bytecode = True
    confine, probe = load("confine", settings["confine"]), load("probe", settings["probe"])
    try:
        said: dict[str, Any] = {"bounds": confine.confine(settings)}
        said["probe"] = probe.probe(settings["targets"])
    except OSError as error:
        said = {"error": str(error)}
    encoded = json.dumps(said).encode()
    connection.sendall(struct.pack("<QI", 0, len(encoded)) + encoded)
    if "error" in said:
        return
    sys.path.append(settings["packages"])
    load("child", settings["child"]).serve(connection, settings["root"])


if __name__ == "__main__":
    main()
