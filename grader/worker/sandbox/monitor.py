"""Monitor a worker from outside: read what it prints, and end one that prints, writes or starts too much."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Callable
from typing import IO

from grader.core.text import clean_lines
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.usage import Usage

SECONDS_BETWEEN_LOOKS = 0.05


class Monitor:
    """Reads what a worker prints, keeps the beginning, counts the rest, and looks at what it uses.

    It looks by the clock, whatever the worker prints. ``exceeded`` says in words what was too much, once the
    worker was stopped for it.
    """

    def __init__(
        self, pipe: IO[bytes], limits: Limits, stop: Callable[[], None], usage: Usage | None = None
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
        usage
            What else to look at; None where the kernel bounds everything.
        """
        self._pipe = pipe
        self._limits = limits
        self._stop = stop
        self._usage = usage
        self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
        self._ended = threading.Event()
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
                if self._printed() and not self._read():
                    break
                self._look()
        # a worker that has closed its output is still there
        while self._usage is not None and self.exceeded is None:
            if self._ended.wait(SECONDS_BETWEEN_LOOKS):
                return
            self._look()
        if self.exceeded is not None:
            self._stop()

    def _read(self) -> bool:
        """Read what was printed; False at the end of it."""
        chunk = os.read(self._pipe.fileno(), 1 << 16)
        self._count += len(chunk)
        room = self._limits.kept_output_bytes - len(self._kept)
        if room > 0:
            self._kept += chunk[:room]
        if self._count > self._limits.most_output_bytes:
            self.exceeded = f"printed more than {self._limits.most_output_bytes >> 20} MB"
        return bool(chunk)

    def _look(self) -> None:
        """Look at what is used, if it is time to."""
        if self._usage is not None and self.exceeded is None and time.monotonic() >= self._next_look:
            self.exceeded = self._usage.too_much()
            self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS

    def _printed(self) -> bool:
        """Wait for output until it is time to look; True if there is some, or its end."""
        if sys.platform == "win32":
            return True
        patience = None if self._usage is None else max(0.0, self._next_look - time.monotonic())
        return bool(select.select([self._pipe], [], [], patience)[0])

    def begin(self) -> None:
        """Count from zero again: the limit is one for each request, not for a worker's life."""
        self._count = 0

    def take(self) -> str:
        """Return what was printed since the last call, as harmless text."""
        taken, self._kept = bytes(self._kept), bytearray()
        return clean_lines(taken.decode("utf-8", "replace"))

    def close(self) -> None:
        """Wait for the end of the output; the worker must be dead."""
        self._ended.set()
        self._thread.join(timeout=1)
