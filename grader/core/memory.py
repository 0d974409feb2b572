"""A bound on the memory of this process, so that nothing it meets can take the machine along."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 2 << 30
"""beyond what is in use when the bound is set; grading with MNIST takes a fifth of it"""


@contextlib.contextmanager
def bounded_memory(most_bytes: int = MOST_BYTES) -> Iterator[None]:
    """Let this process take so much more memory and no more: what would take it raises MemoryError instead.

    Processes that are started meanwhile inherit the bound, and may lower it. Only Linux has such a bound.

    Parameters
    ----------
    most_bytes
        Beyond what is in use now.
    """
    used = _used()
    if used is None:
        yield
        return
    import resource

    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bound = used + most_bytes
    for other in (before, hard):
        if other != resource.RLIM_INFINITY:
            bound = min(bound, other)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))


def _used() -> int | None:
    """Return the bytes that the bound counts, or None where there is none."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) << 10
    return None
