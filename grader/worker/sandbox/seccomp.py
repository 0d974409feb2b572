"""The system calls that a worker may make, as a program for the kernel: built by libseccomp.

Everything else fails with "operation not permitted". The list holds what Python and NumPy need to import,
compute, use threads and small files; nothing that starts a process, opens a connection, sends a signal, looks
into another process, changes a limit, or makes memory that limits do not count.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import tempfile
from typing import Any

from grader.core.errors import FilterError

ALLOW = 0x7FFF0000
ERRNO = 0x00050000
EQUAL, MASKED_EQUAL = 4, 7
"""comparisons of libseccomp: SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ"""

CLONE_THREAD = 0x00010000

ALLOWED = {
    # which ones is a matter of Landlock
    "files": """
        access chdir close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
        fallocate fchdir fdatasync flock fstat fstatfs fsync ftruncate getcwd getdents getdents64 lseek lstat
        mkdir mkdirat newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read
        readlink readlinkat readv rename renameat renameat2 rmdir sendfile stat statfs statx umask unlink
        unlinkat write writev""",
    "descriptors that are there": """
        epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 getpeername
        getsockname getsockopt pipe pipe2 poll ppoll pselect6 recvfrom select sendto shutdown socketpair""",
    "memory and threads": """
        arch_prctl brk futex futex_waitv get_mempolicy get_robust_list madvise membarrier mincore mlock mmap
        mprotect mremap msync munlock munmap rseq sched_get_priority_max sched_get_priority_min
        sched_getaffinity sched_getparam sched_getscheduler sched_yield set_robust_list set_tid_address""",
    "time": """
        alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep pause setitimer time
        times""",
    "signals to itself": """
        restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait
        sigaltstack""",
    "who and where it is": """
        exit exit_group getcpu getegid geteuid getgid getgroups getpgid getpgrp getpid getppid getpriority
        getrandom getresgid getresuid getrlimit getrusage getsid gettid getuid sysinfo uname""",
}

ALLOWED_IF: tuple[tuple[str, int, tuple[int, ...]], ...] = (
    # F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_DUPFD_CLOEXEC F_GETPIPE_SZ:
    # nothing that names a process to be sent signals
    ("fcntl", 1, (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1032)),
    # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX
    ("ioctl", 1, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),
    # PR_SET_NAME PR_GET_NAME PR_SET_VMA
    ("prctl", 0, (15, 16, 0x53564D41)),
)
"""allowed where an argument is one of these"""


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


@functools.cache
def _library() -> Any:
    try:
        library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError:
        raise FilterError(
            "libseccomp is not installed (Debian and Ubuntu: apt install libseccomp2)"
        ) from None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Comparison),
    ]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return library


@functools.cache
def program() -> bytes:
    """Return the filter as instructions of classic BPF, for this machine's architecture.

    Raises
    ------
    FilterError
        If libseccomp is missing or refuses.

    References
    ----------
    https://man7.org/linux/man-pages/man2/seccomp.2.html, https://github.com/seccomp/libseccomp
    """
    library = _library()
    context = library.seccomp_init(ERRNO | errno.EPERM)
    if not context:
        raise FilterError("libseccomp cannot make a filter")
    try:
        for name in " ".join(ALLOWED.values()).split():
            _add(library, context, ALLOW, name)
        for name, argument, values in ALLOWED_IF:
            for value in values:
                _add(library, context, ALLOW, name, _Comparison(argument, EQUAL, value, 0))
        # reading limits is fine, setting them is not: the pointer to new ones must be null
        _add(library, context, ALLOW, "prlimit64", _Comparison(2, EQUAL, 0, 0))
        # threads, but no processes; clone3 hides its flags in memory, and the C library does without it
        _add(library, context, ALLOW, "clone", _Comparison(0, MASKED_EQUAL, CLONE_THREAD, CLONE_THREAD))
        _add(library, context, ERRNO | errno.ENOSYS, "clone3")
        with tempfile.TemporaryFile() as file:
            if library.seccomp_export_bpf(context, file.fileno()) != 0:
                raise FilterError("libseccomp cannot write the filter")
            return os.pread(file.fileno(), 1 << 16, 0)
    finally:
        library.seccomp_release(context)


def _add(library: Any, context: Any, action: int, name: str, *comparisons: _Comparison) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number == -1:
        # a call that is younger than the library: nothing here can make it
        return
    array = (_Comparison * len(comparisons))(*comparisons)
    code = library.seccomp_rule_add_array(context, action, number, len(comparisons), array)
    # calls that this architecture never had are left out by libseccomp
    if code not in (0, -errno.EDOM, -errno.EINVAL):
        raise FilterError(f"libseccomp refuses a rule for {name}: {os.strerror(-code)}")
