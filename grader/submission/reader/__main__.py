"""The child process that reads a submission: from standard input, to standard output, and nothing else.

Started as a script: ``python -I -S __main__.py FOLDER_OF_THE_PACKAGE``. When all it needs is imported it may
open no file, start no process and write none; time and memory are limited from the beginning.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import struct
import sys
from typing import Any, BinaryIO

try:
    import resource
except ImportError:  # on Windows
    resource = None  # type: ignore[assignment]

NOBODY = 65534


def limit(**limits: int) -> None:
    """Lower limits of this process, where the platform has them."""
    if resource is None:
        return
    for name, value in limits.items():
        # some systems announce a limit and refuse to set it
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


def confine() -> None:
    """Give up what reading does not need: files, processes, and the rights of root."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # a container may not have that user: the limits hold all the same
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
    limit(NOFILE=0, FSIZE=0, NPROC=0, CORE=0)


def receive(stream: BinaryIO) -> dict[str, Any]:
    """Return what is to be read: a name, files with their contents, and names of other files."""
    (length,) = struct.unpack("<I", stream.read(4))
    asked: dict[str, Any] = json.loads(stream.read(length))
    asked["files"] = [(path, stream.read(size)) for path, size in asked["files"]]
    return asked


def answer(asked: dict[str, Any], stream: BinaryIO) -> None:
    """Read the submission and send what is graded."""
    from pathlib import PurePosixPath

    from grader.submission.names import is_archive
    from grader.submission.reader import reading

    files = [(PurePosixPath(path), content) for path, content in asked["files"]]
    if any(is_archive(path.name) for path, _ in files):
        import bz2  # noqa: F401 - and all that unpacking needs, while files may still be opened
        import lzma  # noqa: F401
        import zlib  # noqa: F401

        from grader.submission.reader import unpack  # noqa: F401

        # of the names in zip archives
        codecs.lookup("cp437")
    confine()
    found = reading.read(asked["name"], files, asked["others"])
    stream.write(b"R" + reading.encode(found, asked["most_notes"]))
    stream.flush()


def main() -> None:
    """Answer one request."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    asked = receive(source)
    limit(AS=asked["memory"], CPU=asked["cpu"])
    # behind the standard library: nothing that is installed there may take its place
    sys.path.append(sys.argv[1])
    try:
        answer(asked, sink)
    except MemoryError:
        sink.write(b"M")


if __name__ == "__main__":
    main()
