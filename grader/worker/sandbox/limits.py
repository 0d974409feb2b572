"""What a worker may use."""

from __future__ import annotations

from dataclasses import dataclass

THREADS = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""one BLAS thread in the worker as in the grader: threads change bits, and under load two are slower"""


@dataclass(frozen=True)
class Limits:
    """What a worker may use: bytes and seconds."""

    address_space_bytes: int = 2 << 30
    cpu_seconds: int = 900
    file_bytes: int = 16 << 20
    descriptors: int = 64
    scratch_bytes: int = 64 << 20
    """all files together, in the folder in which the worker runs"""
    scratch_entries: int = 8192
    """files and folders there"""
    shared_memory_bytes: int = 1 << 20
    threads: int = 128
    """and processes, together"""
    kept_output_bytes: int = 64 << 10
    most_output_bytes: int = 16 << 20
    start_seconds: float = 20.0
    import_seconds: float = 10.0
    call_seconds: float = 10.0
    repeated_call_seconds: float = 2.0
    """for a function that has already run out of time once"""

    def as_resources(self) -> dict[str, int]:
        """Return the limits that the operating system enforces, by their names in :mod:`resource`."""
        return {
            "RLIMIT_AS": self.address_space_bytes,
            "RLIMIT_CPU": self.cpu_seconds,
            "RLIMIT_FSIZE": self.file_bytes,
            "RLIMIT_NOFILE": self.descriptors,
            "RLIMIT_CORE": 0,
            # queues of messages outlive the process that made them
            "RLIMIT_MSGQUEUE": 0,
        }
