"""Start the worker that runs a submission, in one of four tiers of isolation; stop it, and end it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.core.errors import FilterError, StartError
from grader.core.kit import required
from grader.core.workspace import TemporaryFolder
from grader.worker import protocol
from grader.worker.sandbox import bubblewrap, leftovers, seccomp, tree
from grader.worker.sandbox.limits import THREADS, Limits
from grader.worker.sandbox.monitor import Monitor
from grader.worker.sandbox.usage import Usage
from grader.worker.sandbox.visible import DEVICES, numpy_folder, visible

HERE = Path(__file__).parent
LAUNCH = HERE / "launch.py"
OWN_FILES = {
    **{name: required(HERE / name) for name in ("launch.py", "confine.py", "probe.py")},
    **{
        name: required(HERE.parent / name) for name in ("child.py", "loading.py", "program.py", "protocol.py")
    },
}
"""all that a worker is made of"""
ON_WINDOWS = sys.platform == "win32"
ON_LINUX = sys.platform == "linux"

PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "OPENBLAS_CORETYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
PASSED_INSIDE = ("OPENBLAS_CORETYPE", "LD_LIBRARY_PATH")
"""to a worker that sees neither programs nor the user's folders"""

FIRST_FREE_USER, USERS = 2_000_000_000, 100_000_000
"""numbers of users that no system gives to anybody: root's workers become one of them each"""

WITHIN_ISOLATION = ("read", "write", "connect", "fork", "execute", "signal", "trace")
FORBIDDEN = {
    "process": (),
    "container": ("read", "write", "signal", "trace"),
    "confined": WITHIN_ISOLATION,
    "strict": (*WITHIN_ISOLATION, "processes"),
}
"""attempts of the probe that must fail in a worker of each tier"""


@dataclass(frozen=True)
class _World:
    """Where things lie for the worker; ``scratch`` is its folder to write to, where that is on a disk."""

    line: tuple[str, ...]
    environment: dict[str, str]
    settings: dict[str, Any]
    scratch: Path | None


def _environment(names: tuple[str, ...]) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in names if name in os.environ}
    return {**passed_on, **THREADS, "LANG": "C.UTF-8", "PYTHONUTF8": "1"}


def _user() -> int | None:
    """Return whom a worker becomes: nobody else if this process is not root."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return FIRST_FREE_USER + secrets.randbelow(USERS) if is_root else None


def _settings(limits: Limits, **others: Any) -> dict[str, Any]:
    settings = {"limits": limits.as_resources(), "processes": limits.threads, "own_count": False}
    settings |= {"user": None, "reads_all": True, "dies_with_parent": ON_LINUX}
    settings |= {"tree": None, "scratch_bounds": None, "readable": None, "writable": None, "filter": None}
    return {**settings, **others}


def _plain_world(root: Path, limits: Limits, folder: Path) -> _World:
    """Lay out a world of limits alone: for one's own code."""
    scratch = folder / "scratch"
    scratch.mkdir()
    settings = _settings(
        limits, root=str(root), scratch=str(scratch), packages=str(numpy_folder().parent), **_own_places()
    )
    return _World(
        (visible().interpreter, "-I", "-S", str(LAUNCH)), _environment(PASSED_ON), settings, scratch
    )


def _own_places(inside: str | None = None) -> dict[str, str]:
    return {
        name.removesuffix(".py"): str(path) if inside is None else f"{inside}/{name}"
        for name, path in OWN_FILES.items()
    }


def _container_world(root: Path, limits: Limits, folder: Path) -> _World:
    """Lay out a world for another user, in a tree of folders of its own."""
    user = _user()
    if user is None:
        raise StartError("the grader does not run as root, so its worker cannot become another user")
    shared = tree.shared_tree(OWN_FILES.items())
    submission, scratch = shared.add(folder.name, root, user)
    inside = _own_places(tree.HOME)
    # these two are loaded before the tree becomes the root
    outside = {name: _own_places()[name] for name in ("confine", "probe")}
    settings = _settings(
        limits,
        user=user,
        reads_all=False,
        own_count=True,
        tree=str(shared.path),
        root=submission,
        scratch=scratch,
        packages=f"{tree.HOME}/packages",
        **{**inside, **outside},
    )
    line = (visible().interpreter, "-I", "-S", str(LAUNCH))
    return _World(line, _environment(PASSED_INSIDE), settings, shared.path / scratch.lstrip("/"))


def _confined_world(root: Path, limits: Limits, folder: Path) -> _World:
    """Lay out a world with rules of the kernel for files, network and system calls."""
    seen, user = visible(), _user()
    scratch, packages = folder / "scratch", folder / "packages"
    scratch.mkdir()
    packages.mkdir()
    for package in seen.numpy:
        # beside NumPy nothing that is installed can be found
        (packages / Path(package).name).symlink_to(package)
    if user is not None:
        os.chown(scratch, user, user)
    readable = [*seen.readable, *(f"{path}/." for path in seen.listed), *seen.numpy, *DEVICES]
    readable += [str(path) for path in (*OWN_FILES.values(), packages, root)]
    settings = _settings(
        limits,
        user=user,
        own_count=user is not None,
        scratch_bounds=[limits.scratch_bytes, limits.scratch_entries],
        readable=readable,
        writable=[str(scratch), "/dev/null"],
        filter=seccomp.program().hex(),
        root=str(root),
        scratch=str(scratch),
        packages=str(packages),
        **_own_places(),
    )
    return _World((seen.interpreter, "-I", "-S", str(LAUNCH)), _environment(PASSED_INSIDE), settings, scratch)


def _strict_world(root: Path, limits: Limits, info: int) -> _World:
    """Build a world of its own around the same rules."""
    if (problem := bubblewrap.problem()) is not None:
        raise StartError(problem)
    seen, user = visible(), _user()
    line = bubblewrap.command(
        seen, OWN_FILES, root, _environment(PASSED_INSIDE), limits, info, as_root=user is not None
    )
    own = _own_places(bubblewrap.HOME)
    settings = _settings(
        limits,
        user=user,
        own_count=True,
        readable=["/"],
        writable=[bubblewrap.SCRATCH, "/dev/shm", "/dev/null"],
        filter=seccomp.program().hex(),
        root=bubblewrap.SUBMISSION,
        scratch=bubblewrap.SCRATCH,
        packages=bubblewrap.PACKAGES,
        **own,
    )
    interpreter = (seen.interpreter, "-I", "-S", own["launch"])
    return _World((*line, *interpreter), _environment(PASSED_ON), settings, None)


class WorkerProcess:
    """A running worker: the connection to it, its output, and the means to stop and to end it."""

    def __init__(self, root: Path, limits: Limits, tier: str) -> None:
        """Start a worker, and let it show that its tier is what it says.

        Parameters
        ----------
        root
            Folder of the submission.
        limits
            What it may use.
        tier
            One of ``TIERS``.

        Raises
        ------
        StartError
            If the process cannot be started, or can do what its tier forbids.
        """
        self._limits = limits
        self._tier = tier
        self._strict = tier == "strict"
        self._user: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._inner: int | None = None
        self._first: int | None = None
        self._folder = TemporaryFolder("worker")
        try:
            with self._pipe() as info:
                try:
                    world = self._world(root, tier, info)
                    self._process, self.connection = _spawn(world, info if self._strict else None)
                except (FilterError, OSError) as error:
                    raise StartError(f"the worker process cannot be started: {error}") from error
            assert self._process.stdout is not None
            self.pid = self._process.pid
            with self._targets() as targets:
                self._send({**world.settings, "targets": targets})
                bounds = self._hello()
            if self._strict:
                self._find_inner()
            usage = self._usage(world, bounds)
            self.output = Monitor(self._process.stdout, limits, self._kill, usage)
        except BaseException:
            self._give_up()
            raise

    def _world(self, root: Path, tier: str, info: int) -> _World:
        if tier == "strict":
            return _strict_world(root, self._limits, info)
        worlds = {"confined": _confined_world, "container": _container_world, "process": _plain_world}
        return worlds[tier](root, self._limits, self._folder.path)

    def _usage(self, world: _World, bounds: dict[str, Any]) -> Usage | None:
        """Return what is to be looked at while the worker runs; None where the kernel bounds it all."""
        if not ON_LINUX:
            return None
        usage = Usage(
            self._limits,
            self.pid,
            self._user,
            None if bounds["scratch"] else world.scratch,
            # its size is bounded, but not the number of files in it
            Path(f"/proc/{self.pid}/root{bubblewrap.SCRATCH}") if self._strict else None,
            bool(bounds["processes"]),
        )
        return None if usage.bounded else usage

    @contextlib.contextmanager
    def _pipe(self) -> Iterator[int]:
        """Make a pipe through which bubblewrap tells the number of the worker; yield the end to write to."""
        if not self._strict:
            yield -1
            return
        self._info, theirs = os.pipe()
        try:
            yield theirs
        finally:
            os.close(theirs)

    @contextlib.contextmanager
    def _targets(self) -> Iterator[dict[str, Any]]:
        """Lay out what the worker must not be able to reach, while it tries."""
        folder = self._folder.path / "probe"
        folder.mkdir()
        # everybody's, as far as permissions go: what keeps a worker away must be its tier
        folder.chmod(0o777)
        secret = folder / "secret"
        secret.write_text(secrets.token_hex())
        secret.chmod(0o666)
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield {
                "read": str(secret),
                "write": str(folder),
                "connect": server.getsockname()[1],
                "process": os.getpid(),
            }

    def _send(self, settings: dict[str, Any]) -> None:
        encoded = json.dumps(settings).encode()
        self.connection.settimeout(self._limits.start_seconds)
        with contextlib.suppress(ConnectionError):
            self.connection.sendall(struct.pack("<I", len(encoded)) + encoded)

    def _hello(self) -> dict[str, Any]:
        """Receive what the probe found and what the kernel bounds, before anything of a submission runs."""
        try:
            deadline = protocol.Deadline(self._limits.start_seconds)
            said = protocol.decode(protocol.receive_header(self.connection, deadline)[1])
        except (protocol.ProtocolError, EOFError, OSError) as error:
            raise StartError(self._last_words() or f"the worker process did not start ({error!r})") from None
        if "error" in said:
            raise StartError(str(said["error"]))
        bounds: dict[str, Any] = said["bounds"]
        if self._tier == "container" and bounds["user"] >= FIRST_FREE_USER:
            self._user = bounds["user"]
        succeeded = [name for name in FORBIDDEN[self._tier] if said["probe"].get(name, True)]
        if succeeded:
            raise StartError(f"what should be forbidden there is possible: {', '.join(succeeded)}")
        return bounds

    def _last_words(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        self._kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            lines = self._process.stdout.read(1 << 16).decode("utf-8", "replace").strip().splitlines()
            return lines[-1][:500] if lines else ""
        return ""

    def _find_inner(self) -> None:
        """Learn which process the worker is: the one that was started and the first inside only wait."""
        told = b""
        while chunk := os.read(self._info, 1 << 10):
            told += chunk
        first = int(json.loads(told)["child-pid"])
        self._first = os.pidfd_open(first)
        try:
            children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
        except OSError as error:
            raise StartError(f"the processes inside cannot be found: {error}") from None
        self.pid = int(children[0])
        self._inner = os.pidfd_open(self.pid)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._inner is not None:
                signal.pidfd_send_signal(self._inner, number)
            else:
                self._process.send_signal(number)

    def pause(self) -> None:
        """Let nothing of the worker run, threads included, until it is asked something."""
        if not ON_WINDOWS:
            self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let the worker go on."""
        if not ON_WINDOWS:
            self._signal(signal.SIGCONT)

    def _kill(self) -> None:
        assert self._process is not None
        if self._first is not None:
            # the first process of a namespace takes all others along
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if ON_WINDOWS:
                self._process.kill()
            else:
                # the whole group: a fork of the submission must not outlive it
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._user is not None:
            leftovers.kill_all(self._user)

    def end(self) -> int:
        """Kill the worker and all it started, and return its exit code (negative: a signal's number)."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            # one that has closed the connection is on its way out: its own exit code says more than ours
            self._process.wait(timeout=1.0 if self._closed_by_peer() else 0)
        self._kill()
        code = self._process.wait()
        self.connection.close()
        self.output.close()
        self._close()
        # bubblewrap tells of a signal as shells do
        return 128 - code if self._strict and code > 128 else code

    def _close(self) -> None:
        for descriptor in (self._inner, self._first):
            if descriptor is not None:
                # until it is gone, too: what was killed from outside may take a moment
                select.select([descriptor], [], [], 5)
                os.close(descriptor)
        self._inner = self._first = None
        if self._strict and hasattr(self, "_info"):
            os.close(self._info)
            del self._info
        if self._tier == "container":
            if self._user is not None:
                leftovers.remove_shared_memory(self._user)
            tree.remove_worker(self._folder.path.name)
        self._folder.close()

    def _give_up(self) -> None:
        if self._process is not None:
            self._kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self.connection.close()
        self._close()

    def _closed_by_peer(self) -> bool:
        try:
            self.connection.settimeout(0)
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


@functools.cache
def _starter(process: int) -> ThreadPoolExecutor:
    """Return the one thread of a process that starts workers: the kernel ends them when that thread ends."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"starter of {process}")


def _spawn(world: _World, info: int | None) -> tuple[subprocess.Popen[bytes], socket.socket]:
    start: Callable[[_World, int | None], tuple[subprocess.Popen[bytes], socket.socket]]
    start = _start_on_windows if ON_WINDOWS else _start
    return _starter(os.getpid()).submit(start, world, info).result()


def _popen(world: _World, connection: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*world.line, connection],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=world.environment,
        **options,
    )


def _start(world: _World, info: int | None) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        descriptor = theirs.fileno()
        passed = (descriptor,) if info is None else (descriptor, info)
        try:
            process = _popen(world, str(descriptor), pass_fds=passed, start_new_session=True)
        except OSError:
            ours.close()
            raise
    return process, ours


def _start_on_windows(world: _World, _info: int | None) -> tuple[subprocess.Popen[bytes], socket.socket]:
    # a socket cannot be inherited there: listen on loopback, and let a token show who comes
    token = secrets.token_bytes(32)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        port = server.getsockname()[1]
        process = _popen(world, f"{port}:{token.hex()}")
        while True:
            connection, _ = server.accept()
            connection.settimeout(5)
            if secrets.compare_digest(connection.recv(32, socket.MSG_WAITALL), token):
                return process, connection
            connection.close()
