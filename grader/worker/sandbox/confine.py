"""What a worker gives up before it looks at a submission.

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
import stat
import struct
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

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 18

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


def confine(settings: dict[str, Any]) -> dict[str, Any]:
    """Give up all rights that the settings do not leave.

    Parameters
    ----------
    settings
        ``limits``: resource limits by name. ``user``: whom to become when started as root, or None;
        ``reads_all``: whether permissions of files do not bind that user. ``dies_with_parent``: whether to
        be killed when the parent ends. ``tree``: the folder that becomes the root of all others, or None.
        ``scratch``: the folder to work in. ``scratch_bounds``: bytes and entries of a file system in memory
        to mount there where the kernel allows it, or None. ``processes``: how many processes and threads
        there may be; ``own_count``: whether the kernel counts them for this worker alone. ``readable``,
        ``writable``: paths for Landlock, or None for none of it. ``filter``: instructions for seccomp,
        hexadecimal, or None.

    Returns
    -------
    dict
        ``scratch`` and ``processes``: whether the kernel bounds them; ``user``: who this is now.

    Raises
    ------
    OSError
        If the system refuses.
    """
    as_root, counted, bounded = settings["user"] is not None, settings["own_count"], False
    if settings["tree"] is not None:
        os.chroot(settings["tree"])
    if settings["scratch_bounds"] is not None:
        bounded = mount_scratch(settings["scratch"], *settings["scratch_bounds"], own_users=not as_root)
        counted = counted or bounded
    os.chdir(settings["scratch"])
    # not before: the kernel would count the processes that the user has outside, too
    limit({**settings["limits"], **({"RLIMIT_NPROC": settings["processes"]} if counted else {})})
    if as_root:
        become(settings["user"], reads_all=settings["reads_all"])
    elif bounded:
        drop_capabilities(kept=0)
    if settings["dies_with_parent"]:
        # after the change of user, which clears it
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # a program that belongs to root gives no rights back
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
    if settings["readable"] is not None:
        landlock(settings["readable"], settings["writable"])
    if settings["filter"] is not None:
        seccomp(bytes.fromhex(settings["filter"]))
    user = os.getuid() if hasattr(os, "getuid") else None
    return {"scratch": bounded, "processes": counted, "user": user}


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


def mount_scratch(folder: str, size: int, entries: int, *, own_users: bool) -> bool:
    """Mount a small file system in memory that nobody else sees.

    Parameters
    ----------
    folder
        Where.
    size, entries
        Bytes, and files and folders together.
    own_users
        Whether it needs a namespace of users, as for everybody but root.

    Returns
    -------
    bool
        False if the kernel does not allow it; then nothing has changed.
    """
    child = os.fork()
    if child == 0:
        # half of it would be worse than nothing, so a child tries first
        try:
            _mount_scratch(folder, size, entries, own_users=own_users)
            os._exit(0)
        except BaseException:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        return False
    _mount_scratch(folder, size, entries, own_users=own_users)
    return True


def _mount_scratch(folder: str, size: int, entries: int, *, own_users: bool) -> None:
    libc, user, group = _libc(), os.getuid(), os.getgid()
    _checked(libc.unshare(CLONE_NEWNS | (CLONE_NEWUSER if own_users else 0)), "unshare")
    if own_users:
        maps = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
        for name, text in maps.items():
            # an import of pathlib would cost more than all of this
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
                file.write(text)
    _mount("none", "/", None, MS_REC | MS_PRIVATE, None)
    options = f"size={size},nr_inodes={entries},mode=1777"
    _mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)


def _mount(source: str, folder: str, kind: str | None, flags: int, options: str | None) -> None:
    name, data = (None if text is None else text.encode() for text in (kind, options))
    result = _libc().mount(source.encode(), folder.encode(), name, ctypes.c_ulong(flags), data)
    _checked(result, f"mount {folder}")


def become(user: int, *, reads_all: bool) -> None:
    """Become another user, without any right of root.

    Parameters
    ----------
    user
        A number that belongs to nobody. In a container that does not have it, ``nobody``; in one that has
        only its own root, that root without any of its capabilities.
    reads_all
        Whether to keep the right to read whatever permissions say: where Landlock names the files, and an
        interpreter below /root is readable for root alone.
    """
    _prctl(PR_SET_KEEPCAPS, 1)
    for candidate in (user, NOBODY):
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setresgid(candidate, candidate, candidate)
            os.setresuid(candidate, candidate, candidate)
            break
    drop_capabilities(kept=1 << CAP_DAC_READ_SEARCH if reads_all else 0)


def drop_capabilities(kept: int) -> None:
    """Give up all capabilities but some, given as a set of bits; those as well if they are not there."""
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
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
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
