"""What may be left of a worker that no namespace held: processes, and memory that needs no process.

Only for a user that nobody else is: everything that is the user's goes.
"""

from __future__ import annotations

import contextlib
import ctypes
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

IPC_RMID = 0
KINDS = ("shm", "sem", "msg")
# a killed process ends when it next runs, which a busy machine may put off
PATIENCE = 5.0


def kill_all(user: int) -> None:
    """Kill every process of a user at once, and return when they have ended.

    The kernel lets none of them start another meanwhile.
    """
    with contextlib.suppress(OSError):
        subprocess.run(
            ["/bin/sh", "-c", "kill -KILL -1"],
            user=user,
            group=user,
            extra_groups=(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            check=False,
        )
    end = time.monotonic() + PATIENCE
    while any(_running(user)) and time.monotonic() < end:
        time.sleep(0.005)


def _running(user: int) -> Iterator[Path]:
    """Yield the directories in /proc of a user's processes, but for those that only wait to be reaped."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            lines = (process / "status").read_text(encoding="utf-8", errors="replace").splitlines()
            owned = any(line.startswith(f"Uid:\t{user}\t") for line in lines)
            if owned and not any(line.startswith("State:\tZ") for line in lines):
                yield process


def remove_shared_memory(user: int) -> None:
    """Remove the segments of memory, semaphores and queues of System V that a user has made."""
    libc = ctypes.CDLL(None)
    for kind in KINDS:
        for found in _owned(kind, user):
            # of semaphores there are several in a set: which one does not matter here
            which = (0,) if kind == "sem" else ()
            getattr(libc, f"{kind}ctl")(found, *which, IPC_RMID, None)


def _owned(kind: str, user: int) -> Iterator[int]:
    """Yield the numbers of a user's objects of a kind."""
    with contextlib.suppress(OSError):
        header, *rows = Path(f"/proc/sysvipc/{kind}").read_text(encoding="ascii").splitlines()
        names = header.split()
        for row in rows:
            fields = dict(zip(names, row.split(), strict=False))
            if fields["uid"] == str(user) or fields["cuid"] == str(user):
                # the second column is the number, whatever its name
                yield int(row.split()[1])
