"""Read a submission in a child process with limits of time and memory: its text is untrusted.

What comes back is checked again: a parser that was broken into must not choose where files are written.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from grader.core.assignment import FUNCTIONS
from grader.core.errors import IngestError
from grader.core.kit import PACKAGE, required
from grader.core.text import clean
from grader.submission.limits import (
    MB,
    MOST_FILES,
    MOST_RESULT_BYTES,
    READER_CPU_SECONDS,
    READER_MEMORY_BYTES,
    READER_SECONDS,
)
from grader.submission.opening import HandedIn

READER = required(Path(__file__).parent / "reader" / "__main__.py")
MOST_META_BYTES = 1 * MB
MOST_NOTES, MOST_NOTE = 100, 500
PASSED_ON = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass
class Taken:
    """What is graded of a submission, or a problem; see :class:`grader.submission.ingest.Submission`."""

    sources: dict[PurePosixPath, bytes] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    lost: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, tuple[tuple[int, str, int], ...]] = field(default_factory=dict)
    ranges: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problem: str | None = None


def read_limited(handed_in: HandedIn) -> Taken:
    """Read files in a child process.

    Parameters
    ----------
    handed_in
        What was handed in.

    Raises
    ------
    IngestError
        If reading takes too much time or memory, or breaks Python's parser.
    """
    asked = {
        "name": handed_in.name,
        "files": [[str(path), len(content)] for path, content in handed_in.files],
        "others": handed_in.others,
        "memory": READER_MEMORY_BYTES,
        "cpu": READER_CPU_SECONDS,
        "most_notes": MOST_NOTES,
    }
    encoded = json.dumps(asked).encode()
    with tempfile.TemporaryFile() as request:
        request.write(struct.pack("<I", len(encoded)) + encoded)
        for _, content in handed_in.files:
            request.write(content)
        request.seek(0)
        kind, answer, code = _run(request.fileno())
    if kind != b"R":
        raise IngestError(f"{handed_in.name} cannot be read: {_reason(kind, code)}.")
    try:
        return checked(answer)
    except (ValueError, KeyError, TypeError, AttributeError, struct.error, RecursionError):
        raise IngestError(f"{handed_in.name} cannot be read: its reader gave no proper answer.") from None


def _run(request: int) -> tuple[bytes, bytes, int]:
    """Run the child; return the kind of its answer, the answer, and its exit code."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(READER), str(PACKAGE.parent)],
        stdin=request,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=PACKAGE,
    ) as process:
        timer = threading.Timer(READER_SECONDS, process.kill)
        timer.start()
        try:
            assert process.stdout is not None
            answer = process.stdout.read(MOST_RESULT_BYTES + MOST_META_BYTES)
            if process.stdout.read(1):
                process.kill()
                answer = b""
        finally:
            timer.cancel()
        code = process.wait()
    return answer[:1], answer[1:], code


def _reason(kind: bytes, code: int) -> str:
    if kind == b"M":
        return f"that takes more than {READER_MEMORY_BYTES // MB} MB of memory, as no ordinary program does"
    if code == -getattr(signal, "SIGSEGV", 0):
        return "Python's own parser breaks on it"
    if code < 0:
        return f"that takes more than {READER_CPU_SECONDS} seconds, as no ordinary program does"
    return f"the process that reads it ended with code {code}"


def checked(answer: bytes) -> Taken:
    """Return what an answer of the reader says, if it is one.

    Raises
    ------
    ValueError, KeyError, TypeError, AttributeError, struct.error
        If it is not.
    """
    (length,) = struct.unpack_from("<I", answer)
    if length > MOST_META_BYTES:
        raise ValueError
    said = json.loads(answer[4 : 4 + length])
    position = 4 + length
    taken = Taken(notes=tuple(_text(note) for note in said["notes"][:MOST_NOTES]))
    if said["problem"] is not None:
        taken.problem = _text(said["problem"])
        return taken
    for path, size in said["sources"]:
        if type(size) is not int or size < 0 or len(taken.sources) > MOST_FILES:
            raise ValueError
        taken.sources[_path(path)] = answer[position : position + size]
        position += size
    taken.modules = {_identifier(name): str(_path(file)) for name, file in said["modules"].items()}
    taken.homes = {
        name: said["homes"][name] for name in FUNCTIONS if said["homes"].get(name) in taken.modules
    }
    taken.lost = {
        name: tuple(_text(line) for line in said["lost"][name][:5])
        for name in FUNCTIONS
        if said["lost"].get(name)
    }
    taken.places = {
        str(_path(file)): tuple((int(first), _text(label), int(line)) for first, label, line in places)
        for file, places in said["places"].items()
    }
    taken.ranges = {
        str(_path(file)): tuple((int(first), int(last)) for first, last in ranges)
        for file, ranges in said["ranges"].items()
    }
    return taken


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError
    return clean(value[:MOST_NOTE])


def _identifier(value: Any) -> str:
    if type(value) is not str or not value.isidentifier():
        raise ValueError
    return value


def _path(value: Any) -> PurePosixPath:
    """Return a path if it leads nowhere but below the folder that it is relative to."""
    path = PurePosixPath(value)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in value or path.suffix != ".py":
        raise ValueError
    return path
