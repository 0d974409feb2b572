"""The filter of system calls, as a program."""

import ctypes
import sys

import pytest

from grader.core.errors import FilterError
from grader.worker.sandbox import seccomp
from grader.worker.sandbox.seccomp import program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no such filters elsewhere")


DANGEROUS = """
    accept accept4 bind bpf chmod chown clone3 connect execve execveat fchmod fork inotify_init
    io_uring_setup kcmp keyctl kill link linkat listen memfd_create mknod mount msgget open_by_handle_at
    perf_event_open pidfd_getfd pidfd_open pidfd_send_signal process_vm_readv process_vm_writev ptrace
    rt_sigqueueinfo sendmsg setns setpriority setrlimit setsid setuid shmget socket symlink tgkill
    timer_create tkill unshare userfaultfd utimensat vfork
"""


def test_it_is_instructions_that_end_with_a_verdict():
    instructions = program()
    assert len(instructions) % 8 == 0
    assert 50 < len(instructions) // 8 < 4096
    # BPF_RET
    assert instructions[-8] == 0x06


def test_what_is_not_listed_is_forbidden():
    listed = " ".join(seccomp.ALLOWED.values()).split()
    conditional = [name for name, _, _ in seccomp.ALLOWED_IF]
    assert len(listed) == len(set(listed))
    assert set(DANGEROUS.split()) & {*listed, *conditional} == set()


def test_without_the_library_the_way_to_get_it_is_told(monkeypatch):
    def missing(*_, **__):
        raise OSError

    seccomp._library.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(FilterError, match="apt install libseccomp2"):
        seccomp._library()
    seccomp._library.cache_clear()
