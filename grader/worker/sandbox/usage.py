"""What a worker uses that the kernel does not bound: its threads and processes, and what it writes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.worker.sandbox.limits import Limits

BLOCK = 8192
"""bytes that every entry of a folder counts for, at least"""
MOST_DEPTH = 64
"""of folders in folders: beyond some depth names no longer lead to what lies there"""
STATUS_LINES = ("PPid:", "Uid:", "Threads:")


@dataclass(frozen=True)
class Usage:
    """What to look at, from outside.

    Parameters
    ----------
    limits
        What the worker may use.
    process
        Its number.
    user
        Whose processes are all the worker's; None where other processes are this user's, too.
    scratch
        The folder on disk to which it can write, or None if that is bounded by itself.
    memory
        A folder in memory whose size is bounded, and whose number of entries is not, or None.
    counted
        Whether the kernel counts threads and processes.
    """

    limits: Limits
    process: int
    user: int | None = None
    scratch: Path | None = None
    memory: Path | None = None
    counted: bool = False

    @property
    def bounded(self) -> bool:
        """Whether there is nothing to look at."""
        return self.counted and self.scratch is None and self.memory is None

    def too_much(self) -> str | None:
        """Return in words what is too much, or None."""
        if self.memory is not None:
            with contextlib.suppress(OSError):
                found = os.statvfs(self.memory)
                if found.f_files - found.f_ffree > self.limits.scratch_entries:
                    return f"made more than {self.limits.scratch_entries} files"
        if self.counted and self.scratch is None:
            return None
        processes = dict(_of_user(self.user) if self.user is not None else _below(self.process))
        if not self.counted and sum(processes.values()) > self.limits.threads:
            return f"started more than {self.limits.threads} threads"
        if self.scratch is not None:
            room = self.limits.scratch_bytes - sum(map(_unlinked, processes))
            if room < 0 or _size(self.scratch, room) > room:
                return f"wrote more than {self.limits.scratch_bytes >> 20} MB of files"
        return None


def _status(process: int) -> dict[str, list[str]]:
    found = {}
    with contextlib.suppress(OSError), Path(f"/proc/{process}/status").open(encoding="utf-8") as file:
        for line in file:
            if line.startswith(STATUS_LINES):
                name, *values = line.split()
                found[name] = values
    return found


def _of_user(user: int) -> Iterator[tuple[int, int]]:
    """Yield the processes of a user with the number of their threads."""
    for name in os.listdir("/proc"):  # noqa: PTH208 # thousands of names, and no need of objects
        if name.isdigit():
            status = _status(int(name))
            if status.get("Uid:", ["-1"])[0] == str(user):
                yield int(name), int(status["Threads:"][0])


def _below(process: int) -> Iterator[tuple[int, int]]:
    """Yield a process and those that it and they have started, with the number of their threads."""
    left = [process]
    while left:
        status = _status(left[-1])
        if "Threads:" in status:
            yield left[-1], int(status["Threads:"][0])
        tasks = Path(f"/proc/{left.pop()}/task")
        with contextlib.suppress(OSError):
            for task in os.listdir(tasks):  # noqa: PTH208
                children = (tasks / task / "children").read_text(encoding="ascii")
                left += map(int, children.split())


def _unlinked(process: int) -> int:
    """Return the bytes of files that a process holds open and that have no name any more."""
    total = 0
    with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                found = entry.stat()
                total += found.st_blocks * 512 if found.st_nlink == 0 else 0
    with contextlib.suppress(OSError), Path(f"/proc/{process}/maps").open(encoding="utf-8") as file:
        for line in file:
            if line.endswith(" (deleted)\n"):
                start, _, end = line.partition(" ")[0].partition("-")
                total += int(end, 16) - int(start, 16)
    return total


def _size(folder: Path, most: int) -> int:
    """Return the bytes on disk of all that lies in a folder, or more than ``most`` if it is more."""
    total, left = 0, [(str(folder), 0)]
    while left and total <= most:
        path, depth = left.pop()
        if depth > MOST_DEPTH:
            return most + 1
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        total += max(BLOCK, entry.stat(follow_symlinks=False).st_blocks * 512)
                        if entry.is_dir(follow_symlinks=False):
                            left.append((entry.path, depth + 1))
                    if total > most:
                        break
        except (FileNotFoundError, NotADirectoryError):
            # gone since it was seen
            continue
        except OSError:
            # a name that is too long, or a folder without permissions, hides what lies there
            return most + 1
    return total
