"""What the name of a file says: whether it may matter, and what it was called before a browser or an LMS."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from grader.submission.limits import MOST_FILE_BYTES, MOST_RAW_BYTES

WHAT_IS_WANTED = (
    "a folder with layers.py, loss.py and optim.py, a single .py file, a notebook (.ipynb), "
    "or a .zip or .tar.gz of one"
)
IGNORED_FOLDERS = frozenset(
    {"__pycache__", "__MACOSX", "node_modules", "venv", "env", "site-packages", "tests"}
)
IGNORED_FILES = frozenset({"conftest.py", "setup.py", "sitecustomize.py", "usercustomize.py"})
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
FOREIGN_ARCHIVES = {".7z": "7z", ".rar": "RAR", ".gz": "gzip", ".dmg": "disk image"}

_PYTHON = re.compile(r"\.pyw?(?:\.txt)?$")
_NOTEBOOK = re.compile(r"\.ipynb(?:\.json|\.txt)?$")
_OTHER_TEXT = re.compile(r"\.(?:json|txt)$")

_LMS = (
    re.compile(r"^.*_assignsubmission_file_"),
    re.compile(r"^.*_attempt_\d{4}(?:-\d\d){5}_"),
    re.compile(r"^[^_]+_(?:LATE_)?(?:\d+|anon_[A-Za-z0-9]+)_\d+_(?=.)"),
    re.compile(r"^LATE_anon_[A-Za-z0-9]+_\d+_(?=.)"),
)
_COPY = re.compile(r"(?i)(?:[ _]?\(\d+\)|[ _-]+copy(?:[ _]?\(?\d+\)?)?|-\d{1,2}|~\d*)$")
_COPY_OF = re.compile(r"(?i)^copy of ")


def is_python(name: str) -> bool:
    """Whether a name is that of Python source, perhaps with an ending that was put behind it."""
    return _PYTHON.search(name.lower()) is not None


def is_notebook(name: str) -> bool:
    """Whether a name is that of a notebook, perhaps with an ending that was put behind it."""
    return _NOTEBOOK.search(name.lower()) is not None


def is_archive(name: str) -> bool:
    """Whether a name is that of an archive that can be unpacked."""
    return name.lower().endswith(ARCHIVES) and not name.startswith(".")


def is_wanted(path: PurePosixPath) -> bool:
    """Whether a file may matter: Python or a notebook, in no folder that tools make, and not for pytest."""
    name = path.name
    if name in IGNORED_FILES or name.startswith("."):
        return False
    if any(part in IGNORED_FOLDERS or part.startswith(".") for part in path.parts[:-1]):
        return False
    return is_python(name) or is_notebook(name) or is_other_text(name)


def is_other_text(name: str) -> bool:
    """Whether a file may be a notebook or Python although its name says neither."""
    return _OTHER_TEXT.search(name.lower()) is not None and not is_python(name) and not is_notebook(name)


def most_bytes(name: str) -> int:
    """Return how large a file may be."""
    return MOST_FILE_BYTES if is_python(name) else MOST_RAW_BYTES


def own_name(name: str) -> str:
    """Return what a file was called when its author imported it.

    Learning platforms put names and numbers before a file's name, browsers put numbers behind it, and some
    systems add an ending.
    """
    for pattern in _LMS:
        name = pattern.sub("", name, count=1)
    name = _COPY_OF.sub("", name)
    lower = name.lower()
    for ending in (".txt", ".json"):
        if lower.endswith(ending) and (is_python(lower) or is_notebook(lower)):
            name = name[: -len(ending)]
            break
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        return name
    stem = _COPY.sub("", stem) or stem
    return f"{stem}.{suffix.lower()}"
