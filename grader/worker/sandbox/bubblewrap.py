"""The command line of bubblewrap: a world that holds what a worker needs, and nothing else."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.visible import LINKS, Visible

HOME = "/convgrade"
"""where the worker's own files lie, inside"""
PACKAGES = f"{HOME}/packages"
SUBMISSION = "/submission"
SCRATCH = "/tmp"

LEAST_VERSION = (0, 7)
"""the first that bounds the size of a folder in memory"""


@functools.cache
def problem() -> str | None:
    """Return why bubblewrap cannot be used, in words, or None if it is there."""
    path = shutil.which("bwrap")
    if path is None:
        return "bubblewrap is not installed (Debian and Ubuntu: apt install bubblewrap)"
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.search(r"(\d+)\.(\d+)", said)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < LEAST_VERSION:
        least = ".".join(map(str, LEAST_VERSION))
        return f"bubblewrap {least} or later is needed, this is {said.strip() or 'of an unknown version'}"
    return None


def command(
    seen: Visible,
    own_files: Mapping[str, Path],
    root: Path,
    environment: Mapping[str, str],
    limits: Limits,
    info: int,
    *,
    as_root: bool,
) -> list[str]:
    """Return the arguments before those of the program.

    Parameters
    ----------
    seen
        What of this machine is visible inside, at the same place.
    own_files
        The worker's files, by their names below ``HOME``.
    root
        Folder of the submission.
    environment
        All variables that exist inside.
    limits
        For the sizes of folders in memory.
    info
        Descriptor that learns the number of the first process inside.
    as_root
        Whether the caller is root, who needs no namespace of users, and whose worker becomes somebody else.

    References
    ----------
    https://github.com/containers/bubblewrap
    """
    program = shutil.which("bwrap")
    assert program is not None
    line = [
        program,
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    if as_root:
        line += ["--cap-drop", "ALL"]
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_DAC_READ_SEARCH"):
            line += ["--cap-add", capability]
    else:
        line += ["--unshare-user"]
    # the first process inside is bubblewrap's own and of the same user as the one outside: so the kernel lets
    # the end of that one reach it, and with it end all the others
    line += ["--die-with-parent", "--new-session", "--hostname", "sandbox"]
    line += ["--info-fd", str(info), "--clearenv"]
    for name, value in environment.items():
        line += ["--setenv", name, value]
    for folder in seen.folders:
        line += ["--ro-bind", folder, folder]
    for folder in seen.hidden:
        line += ["--tmpfs", folder, "--remount-ro", folder]
    for link in LINKS:
        if Path(link).is_symlink():
            line += ["--symlink", str(Path(link).readlink()), link]
    for path in seen.files:
        line += ["--ro-bind", path, path]
    for name, file in own_files.items():
        line += ["--ro-bind", str(file), f"{HOME}/{name}"]
    for folder in seen.numpy:
        line += ["--ro-bind", folder, f"{PACKAGES}/{Path(folder).name}"]
    line += ["--ro-bind", str(root), SUBMISSION]
    line += ["--dev", "/dev", *_in_memory("/dev/shm", limits.shared_memory_bytes), "--remount-ro", "/dev"]
    line += [*_in_memory(SCRATCH, limits.scratch_bytes), "--chdir", SCRATCH, "--remount-ro", "/"]
    return line


def _in_memory(folder: str, size: int) -> list[str]:
    # writable for whoever the worker becomes
    return ["--perms", "1777", "--size", str(size), "--tmpfs", folder]
