"""Monitor a worker from outside: read what it prints, and end one that prints, writes or starts too much."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from grader.core.text import clean_lines
from grader.worker.sandbox.limits import Limits

SECONDS_BETWEEN_LOOKS = 0.2


class Monitor:
    """Reads what a worker prints, keeps the beginning, counts the rest, and looks at what it uses.

    ``exceeded`` says in words what was too much, once the worker was stopped for it.
    """

    def __init__(
        self, pipe: IO[bytes], limits: Limits, stop: Callable[[], None], scratch: Path | None, process: int
    ) -> None:
        """Start to watch.

        Parameters
        ----------
        pipe
            What the worker prints into.
        limits
            What it may use.
        stop
            Ends it.
        scratch
            The folder to which it can write, or None if that is bounded by itself.
        process
            Its number.
        """
        self._pipe = pipe
        self._limits = limits
        self._stop = stop
        self._scratch = scratch
        self._tasks = Path(f"/proc/{process}/task")
        self._kept = bytearray()
        self._count = 0
        self.exceeded: str | None = None
        # a thread and not a selector: pipes cannot be polled on Windows
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        # closed here and nowhere else: a daemon may hold the other end for longer than the worker lives
        with self._pipe:
            while self.exceeded is None:
                if not self._printed():
                    self.exceeded = self._too_much()
                    continue
                chunk = os.read(self._pipe.fileno(), 1 << 16)
                if not chunk:
                    return
                self._count += len(chunk)
                room = self._limits.kept_output_bytes - len(self._kept)
                if room > 0:
                    self._kept += chunk[:room]
                if self._count > self._limits.most_output_bytes:
                    self.exceeded = f"printed more than {self._limits.most_output_bytes >> 20} MB"
            self._stop()

    def _printed(self) -> bool:
        """Wait for output for a while; True if there is some, or its end."""
        if sys.platform == "win32":
            return True
        return bool(select.select([self._pipe], [], [], SECONDS_BETWEEN_LOOKS)[0])

    def _too_much(self) -> str | None:
        with contextlib.suppress(OSError):
            if len(os.listdir(self._tasks)) > self._limits.threads:  # noqa: PTH208 # no objects, only a number
                return f"started more than {self._limits.threads} threads"
        if self._scratch is not None and _size(self._scratch) > self._limits.scratch_bytes:
            return f"wrote more than {self._limits.scratch_bytes >> 20} MB of files"
        return None

    def begin(self) -> None:
        """Count from zero again: the limit is one for each request, not for a worker's life."""
        self._count = 0

    def take(self) -> str:
        """Return what was printed since the last call, as harmless text."""
        taken, self._kept = bytes(self._kept), bytearray()
        return clean_lines(taken.decode("utf-8", "replace"))

    def close(self) -> None:
        """Wait for the end of the output; the worker must be dead."""
        self._thread.join(timeout=1)


def _size(folder: Path) -> int:
    """Return the bytes on disk of all that lies in a folder; every entry counts for some."""
    total = 0
    for parent, folders, files in os.walk(folder):
        total += 4096 * len(folders)
        for name in files:
            with contextlib.suppress(OSError):
                total += max(4096, (Path(parent) / name).lstat().st_blocks * 512)
    return total
