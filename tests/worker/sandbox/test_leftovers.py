"""What a user that nobody else is has left goes, and nothing of others."""

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

import pytest

from grader.worker.sandbox.leftovers import kill_all, remove_shared_memory

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root becomes somebody else"
)

USER = 2_000_000_017


def as_user(function):
    """Run a function in a child that becomes the user, and return what it writes into a pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
        function(writing)
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read()


def double_fork(pipe):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(pipe, b"here")
            os.close(pipe)
            signal.pause()
        os._exit(0)
    os.wait()


def segments(pipe):
    libc = ctypes.CDLL(None)
    numbers = libc.shmget(0, 4096, 0o1666), libc.semget(0, 2, 0o1666), libc.msgget(0, 0o1666)
    os.write(pipe, " ".join(map(str, numbers)).encode())


def users():
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            lines = (process / "status").read_text().splitlines()
            # one that was killed is no process any more, even before its parent has heard of it
            ended = "State:\tZ (zombie)" in lines
            found += [process for line in lines if line.startswith(f"Uid:\t{USER}\t") and not ended]
    return found


def test_processes_go_however_they_were_started():
    assert as_user(double_fork) == b"here"
    assert len(users()) == 1
    kill_all(USER)
    assert users() == []


def test_segments_of_memory_go():
    numbers = list(map(int, as_user(segments).split()))
    assert min(numbers) >= 0
    libc = ctypes.CDLL(None)
    mine = libc.shmget(0, 4096, 0o1600)
    remove_shared_memory(USER)
    assert libc.shmctl(numbers[0], 0, None) == -1
    assert libc.shmctl(mine, 0, None) == 0
    assert libc.semctl(numbers[1], 0, 0) == -1
    assert libc.msgctl(numbers[2], 0, None) == -1
