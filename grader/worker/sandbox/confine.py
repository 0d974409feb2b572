"""What a worker gives up before it looks at a submission, and a probe that tries whether it truly has.

Runs in the worker, loaded by its path: standard library only. What the settings ask for is done, or raises;
nothing is left out in silence. Landlock has no binding that knows its rules for networks and signals, so its
three system calls are made here; their numbers are the same on every architecture.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import socket
import stat
import struct
from collections.abc import Callable
from typing import Any

LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446

READ_FILE, READ_DIRECTORY, WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
OF_FILES = (1 << 0) | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
"""execute, write, read, truncate, control: what a rule for a single file can hold"""
EVERYTHING = (1 << 13) - 1
"""all file rights of the first version; later versions add REFER, TRUNCATE and IOCTL_DEVICE"""
BIND_AND_CONNECT = 0b11
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 8, 22, 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2
NOBODY = 65534


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _prctl(option: int, value: int, pointer: Any = None) -> None:
    arguments = (ctypes.c_ulong(value), pointer or ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
    _checked(_libc().prctl(option, *arguments), f"prctl {option}")


def confine(settings: dict[str, Any]) -> None:
    """Give up all rights that the settings do not leave.

    Parameters
    ----------
    settings
        ``limits``: resource limits by name. ``user``: whom to become when started as root, or None.
        ``dies_with_parent``: whether to be killed when the parent ends. ``readable``, ``writable``: paths for
        Landlock, or None for none of it. ``filter``: instructions for seccomp, hexadecimal, or None.

    Raises
    ------
    OSError
        If the system refuses.
    """
    limit(settings["limits"])
    if settings["user"] is not None:
        become(settings["user"])
    if settings["dies_with_parent"]:
        # after the change of user, which clears it
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if settings["readable"] is not None:
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        landlock(settings["readable"], settings["writable"])
    if settings["filter"] is not None:
        seccomp(bytes.fromhex(settings["filter"]))


def limit(limits: dict[str, int]) -> None:
    """Lower this process's resource limits, where the platform has them."""
    try:
        import resource
    except ImportError:
        return
    for name, value in limits.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        # some systems announce a limit and refuse to set it
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))


def become(user: int) -> None:
    """Become another user, without any right of root but to read what the rules for paths allow.

    Parameters
    ----------
    user
        A number that belongs to nobody. In a container that does not have it, ``nobody``; in one that has
        only its own root, that root without any of its capabilities.
    """
    _prctl(PR_SET_KEEPCAPS, 1)
    for candidate in (user, NOBODY):
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setresgid(candidate, candidate, candidate)
            os.setresuid(candidate, candidate, candidate)
            break
    # an interpreter below /root is readable for root alone
    kept = 1 << CAP_DAC_READ_SEARCH
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION_3, 0))
    sets = ctypes.create_string_buffer(struct.pack("=6I", kept, kept, 0, 0, 0, 0))
    if _libc().capset(header, sets) != 0:
        nothing = ctypes.create_string_buffer(struct.pack("=6I", 0, 0, 0, 0, 0, 0))
        _checked(_libc().capset(header, nothing), "capset")


def landlock_version() -> int:
    """Return the version of Landlock's interface; 0 if there is none."""
    return max(0, int(_libc().syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)))


def landlock(readable: list[str], writable: list[str]) -> None:
    """Leave access to some paths and what lies below them, and no network.

    Parameters
    ----------
    readable
        Files and folders to read and to list. A folder that ends with ``/.`` can be listed only.
    writable
        Files and folders to do anything with but to execute.

    Raises
    ------
    OSError
        If there is no Landlock.

    References
    ----------
    https://docs.kernel.org/userspace-api/landlock.html
    """
    version = landlock_version()
    if version < 1:
        raise OSError(errno.ENOSYS, "this kernel has no Landlock (Linux 5.13 and later do, if not disabled)")
    files = EVERYTHING
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEVICE)):
        if version >= since:
            files |= right
    network = BIND_AND_CONNECT if version >= 4 else 0
    scope = ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    libc = _libc()
    attributes = ctypes.byref(_Ruleset(files, network, scope))
    rules = _checked(
        libc.syscall(LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0), "landlock_create_ruleset"
    )
    for path in readable:
        listed = path.endswith("/.")
        _allow(libc, rules, path, READ_DIRECTORY if listed else READ_FILE | READ_DIRECTORY)
    for path in writable:
        _allow(libc, rules, path, files & ~1)
    _checked(libc.syscall(LANDLOCK_RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _allow(libc: Any, rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        # an interpreter names places that need not exist
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_FILES
        rule = ctypes.byref(_PathBeneath(rights, descriptor))
        _checked(libc.syscall(LANDLOCK_ADD_RULE, rules, 1, rule, 0), f"landlock_add_rule {path}")
    finally:
        os.close(descriptor)


def seccomp(instructions: bytes) -> None:
    """Let the kernel judge every system call from now on.

    Parameters
    ----------
    instructions
        Classic BPF, 8 bytes each.

    References
    ----------
    https://man7.org/linux/man-pages/man2/PR_SET_SECCOMP.2const.html
    """
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    described = _Filter(len(instructions) // 8, ctypes.addressof(buffer))
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(described))


def probe(targets: dict[str, Any]) -> dict[str, bool]:
    """Try what a submission must not be able to do.

    Parameters
    ----------
    targets
        ``read``: a file with a secret. ``write``: a folder. ``connect``: a port on loopback where somebody
        listens. ``process``: the number of the grader's process.

    Returns
    -------
    dict
        For each attempt whether it succeeded; ``processes`` tells whether other processes can be named.
    """
    attempts: dict[str, Callable[[], None]] = {
        "read": lambda: _read(targets["read"]),
        "write": lambda: _write(targets["write"]),
        "connect": lambda: _connect(targets["connect"]),
        "fork": _fork,
        "execute": _execute,
        "signal": lambda: os.kill(targets["process"], 0),
        "trace": lambda: _trace(targets["process"]),
    }
    found = {}
    for name, attempt in attempts.items():
        try:
            attempt()
            found[name] = True
        except (OSError, AttributeError):
            found[name] = False
    # in a namespace of its own it is the second, after that of bubblewrap
    found["processes"] = os.getpid() > 2
    return found


def _read(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 # an import of pathlib would cost more than all of this
        file.read(1)


def _write(folder: str) -> None:
    path = os.path.join(folder, "written")  # noqa: PTH118
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    os.unlink(path)  # noqa: PTH108


def _connect(port: int) -> None:
    with socket.socket() as connection:
        connection.settimeout(1)
        connection.connect(("127.0.0.1", port))


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _execute() -> None:
    # a file that is not there: who may execute is told so
    try:
        os.execv("/nonexistent", ["/nonexistent"])
    except FileNotFoundError:
        return


def _trace(process: int) -> None:
    # nothing is at address 0, but who may look learns that
    here, there = ctypes.create_string_buffer(1), ctypes.c_void_p(0)

    class Span(ctypes.Structure):
        _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))

    local, remote = Span(ctypes.addressof(here), 1), Span(there, 1)
    libc = _libc()
    code = libc.process_vm_readv(process, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
    if code < 0 and ctypes.get_errno() != errno.EFAULT:
        raise OSError(ctypes.get_errno(), "process_vm_readv")
