"""Temporary folders that do not outlive the grader, however it ends.

All temporary folders of a process lie in one, which a small shell removes when the process ends. It waits on
a pipe that only the process holds open, and so it works even when the process is killed and cannot clean up.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType

PREFIX = "convgrade-"

_JANITOR = 'read -r _; chmod -R u+rwX "$1" 2>/dev/null; exec rm -rf -- "$1"'
"""waits for the end of its input, which comes when the grader ends"""


class _Home:
    """The folder that holds all temporary folders of a process, and the janitor that removes it."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.guests = 0
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        self._janitor: subprocess.Popen[bytes] | None = None
        if sys.platform != "win32":
            # in a session of its own: Ctrl-C and signals to the grader's process group must not end it
            with contextlib.suppress(OSError):
                self._janitor = subprocess.Popen(
                    ["/bin/sh", "-c", _JANITOR, "sh", str(self.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    env={"PATH": "/usr/bin:/bin"},
                )
        atexit.register(self.close)

    def close(self) -> None:
        """Remove the folder, except in a fork of the process that made it."""
        atexit.unregister(self.close)
        if os.getpid() != self.process:
            return
        remove(self.path)
        if self._janitor is not None:
            assert self._janitor.stdin is not None
            self._janitor.stdin.close()
            self._janitor.wait()


_lock = threading.Lock()
_homes: dict[tuple[int, str], _Home] = {}
"""by process and by location of temporary folders: a fork has a home of its own"""


def remove(path: Path) -> None:
    """Remove a folder with everything in it, including what its permissions protect."""

    def mend(_function: object, name: str, _error: object) -> None:
        with contextlib.suppress(OSError):
            parent = Path(name).parent
            parent.chmod(stat.S_IRWXU)
            with contextlib.suppress(OSError):
                Path(name).chmod(stat.S_IRWXU)
            if Path(name).is_dir() and not Path(name).is_symlink():
                shutil.rmtree(name, ignore_errors=True)
            else:
                Path(name).unlink()

    shutil.rmtree(path, onerror=mend)


class TemporaryFolder:
    """A private folder that is removed when it is closed, or when the process ends, however it ends."""

    def __init__(self, purpose: str) -> None:
        """Make a folder.

        Parameters
        ----------
        purpose
            A word that becomes part of its name.
        """
        self._key = os.getpid(), tempfile.gettempdir()
        with _lock:
            if self._key not in _homes:
                _homes[self._key] = _Home()
            home = _homes[self._key]
            self.path = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=home.path))
            home.guests += 1
        self._open = True

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder and its contents, and with the last folder the one that holds them all."""
        if not self._open:
            return
        self._open = False
        with _lock:
            home = _homes.get(self._key)
            if home is None:
                return
            home.guests -= 1
            if home.guests == 0:
                del _homes[self._key]
                home.close()
            else:
                remove(self.path)
