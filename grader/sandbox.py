"""Start the worker that runs a submission, bound what it may use, and end it with everything it started."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from grader.results import GraderError, Isolation

TIERS = ("process", "container", "confined", "strict")
"""from weakest to strongest"""

WORKER = Path(__file__).with_name("worker.py")
ON_WINDOWS = sys.platform == "win32"

MISSING_ABOVE_PROCESS = ("namespaces", "file system rules", "system call filter")

PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "OPENBLAS_CORETYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
THREADS = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""one BLAS thread in the worker as in the grader: threads change bits, and under load two are slower"""


class IsolationError(GraderError):
    """The isolation that was asked for cannot be had."""


@dataclass(frozen=True)
class Limits:
    """What a worker may use: bytes and seconds."""

    address_space_bytes: int = 2 << 30
    cpu_seconds: int = 900
    file_bytes: int = 16 << 20
    descriptors: int = 64
    kept_output_bytes: int = 64 << 10
    most_output_bytes: int = 16 << 20
    import_seconds: float = 10.0
    call_seconds: float = 10.0
    repeated_call_seconds: float = 2.0
    """for a function that has already run out of time once"""

    def as_resources(self) -> dict[str, int]:
        """Return the limits that the operating system enforces, by their names in :mod:`resource`."""
        return {
            "RLIMIT_AS": self.address_space_bytes,
            "RLIMIT_CPU": self.cpu_seconds,
            "RLIMIT_FSIZE": self.file_bytes,
            "RLIMIT_NOFILE": self.descriptors,
            "RLIMIT_CORE": 0,
        }


def choose_isolation(floor: str | None) -> Isolation:
    """Return the isolation that is in force.

    Parameters
    ----------
    floor
        The weakest tier that will do, one of ``TIERS``, or None for the best there is.

    Raises
    ------
    IsolationError
        If nothing as strong can be had.
    """
    if floor is not None and TIERS.index(floor) > TIERS.index("process"):
        raise IsolationError(
            f"isolation '{floor}' was asked for, but this version has only 'process', which does NOT keep "
            "a submission from reading the files of this machine. Run it where nothing is secret (a "
            "container or a machine of its own) and say --isolation process."
        )
    return Isolation("process", MISSING_ABOVE_PROCESS)


class Output:
    """Reads what a worker prints, keeps the beginning, counts the rest, and ends a flood."""

    def __init__(self, pipe: IO[bytes], limits: Limits, stop: Any) -> None:
        self._pipe = pipe
        self._limits = limits
        self._stop = stop
        self._kept = bytearray()
        self._count = 0
        self.flooded = False
        # a thread and not a selector: pipes cannot be polled on Windows
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        # closed here and nowhere else: a daemon may hold the other end for longer than the worker lives
        with self._pipe:
            while chunk := os.read(self._pipe.fileno(), 1 << 16):
                self._count += len(chunk)
                room = self._limits.kept_output_bytes - len(self._kept)
                if room > 0:
                    self._kept += chunk[:room]
                if self._count > self._limits.most_output_bytes:
                    self.flooded = True
                    self._stop()
                    return

    def begin(self) -> None:
        """Count from zero again: the limit is one for each request, not for a worker's life."""
        self._count = 0

    def take(self) -> str:
        """Return what was printed since the last call, as text."""
        taken, self._kept = bytes(self._kept), bytearray()
        return taken.decode("utf-8", "replace")

    def close(self) -> None:
        """Wait for the end of the output; the worker must be dead."""
        self._thread.join(timeout=1)


class WorkerProcess:
    """A running worker: the connection to it, its output, and the means to end it."""

    def __init__(self, root: Path, limits: Limits) -> None:
        """Start a worker for the submission whose files lie in ``root``.

        Raises
        ------
        GraderError
            If the process cannot be started.
        """
        self._scratch = tempfile.TemporaryDirectory(prefix="convgrade-", ignore_cleanup_errors=True)
        settings = json.dumps(
            {"root": str(root), "scratch": self._scratch.name, "limits": limits.as_resources()}
        )
        start = _start_on_windows if ON_WINDOWS else _start
        try:
            self._process, self.connection = start(settings)
        except OSError as error:
            self._scratch.cleanup()
            raise GraderError(f"the worker process cannot be started: {error}") from error
        assert self._process.stdout is not None
        self.output = Output(self._process.stdout, limits, self._kill)

    def _kill(self) -> None:
        # the whole group: a fork of the submission must not outlive it
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if ON_WINDOWS:
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> int:
        """Kill the worker and all of its group, and return its exit code (negative: a signal's number)."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            # one that has closed the connection is on its way out: its own exit code says more than ours
            self._process.wait(timeout=1.0 if self._closed_by_peer() else 0)
        self._kill()
        code = self._process.wait()
        self.connection.close()
        self.output.close()
        self._scratch.cleanup()
        return code

    def _closed_by_peer(self) -> bool:
        try:
            self.connection.settimeout(0)
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


def _environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed_on, **THREADS, "LANG": "C.UTF-8", "PYTHONUTF8": "1"}


def _popen(connection: str, settings: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", str(WORKER), connection, settings],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
        **options,
    )


def _start(settings: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        descriptor = theirs.fileno()
        try:
            process = _popen(str(descriptor), settings, pass_fds=(descriptor,), start_new_session=True)
        except OSError:
            ours.close()
            raise
    return process, ours


def _start_on_windows(settings: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    # a socket cannot be inherited there: listen on loopback, and let a token show who comes
    token = secrets.token_bytes(32)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        port = server.getsockname()[1]
        process = _popen(f"{port}:{token.hex()}", settings)
        while True:
            connection, _ = server.accept()
            connection.settimeout(5)
            if secrets.compare_digest(connection.recv(32, socket.MSG_WAITALL), token):
                return process, connection
            connection.close()
